// Who can sign in.

export const person = {
  email: 'ada@example.com',
  password: 'sandbox-password',
  subject: 'auth0|ada',
  accountId: 'ac_conformance',
};

export const somebodyElse = {
  email: 'grace@example.com',
  password: 'sandbox-password',
  subject: 'auth0|grace',
  accountId: 'ac_conformance',
};

const everyone = [person, somebodyElse];

export function personWith(email, password) {
  return everyone.find((one) => one.email === email && one.password === password);
}

export function personBySubject(subject) {
  return everyone.find((one) => one.subject === subject);
}
