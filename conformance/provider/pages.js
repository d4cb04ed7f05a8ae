// The pages a person meets on the way: sign in, allow, and the access code to copy.

export function signInPage({ action, client, problem }) {
  return page('Sign in', `
    <h1>Sign in to the conformance provider</h1>
    <p>${escape(client)} wants to know who you are. This is not CARTO.</p>
    ${problem ? `<p role="alert">${escape(problem)}</p>` : ''}
    <form method="post" action="${escape(action)}">
      <p><label>Email <input name="email" type="email" autocomplete="username" required autofocus></label></p>
      <p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
      <p><button name="answer" value="go">Continue</button>
         <button name="answer" value="cancel" formnovalidate>Cancel</button></p>
    </form>`);
}

export function consentPage({ action, client, scopes, organization }) {
  return page('Allow', `
    <h1>Let ${escape(client)} in?</h1>
    <p>It asks for: ${escape(scopes || 'nothing but a token')}.</p>
    ${organization ? `<p>Organization: <code>${escape(organization)}</code></p>` : ''}
    <form method="post" action="${escape(action)}">
      <p><button name="answer" value="go">Allow</button>
         <button name="answer" value="cancel">Cancel</button></p>
    </form>`);
}

export function pastePage({ code, problem }) {
  return page('Access code', problem
    ? `<h1>No access code</h1><p role="alert">${escape(problem)}</p>`
    : `<h1>Your access code</h1>
       <p><label for="code">Copy it into the program that asked for it:</label></p>
       <p><input id="code" readonly value="${escape(code)}" size="60"></p>`);
}

export function errorPage({ error, description }) {
  return page('Error', `<h1>${escape(error)}</h1><p role="alert">${escape(description ?? '')}</p>`);
}

function page(title, body) {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}</style></head>
<body><main>${body}</main></body></html>`;
}

function escape(text) {
  return String(text).replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
