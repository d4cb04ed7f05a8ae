// What the world was asked, in order, so that a test can say how often and with what.
//
// Bodies and answers of the token endpoint are kept whole: they hold secrets, and they are the
// suite's own, made for one run.

export class Journal {
  #entries = [];

  add(entry) {
    this.#entries.push(entry);
  }

  all() {
    return [...this.#entries];
  }

  authorizations() {
    return this.#entries.filter((one) => one.path === '/authorize').map((one) => one.query);
  }

  grants(type) {
    return this.#entries.filter((one) => one.path === '/oauth/token' && one.form?.grant_type === type);
  }

  revocations() {
    return this.#entries.filter((one) => one.path === '/oauth/revoke');
  }

  to(path) {
    return this.#entries.filter((one) => one.path === path);
  }
}
