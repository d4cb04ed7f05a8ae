// The host names of this world. All of them are loopback.
//
// The paste page has a name of its own because a native client may not register an https redirect
// on `localhost` (RFC 8252 section 7.2 wants a claimed name), and because at CARTO it is another
// host too. Browsers resolve every `*.localhost` to loopback without asking DNS.

export const issuerHost = 'localhost';
export const pasteHost = 'app.carto.localhost';
export const names = [issuerHost, pasteHost];
