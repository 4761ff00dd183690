/* oidc - sign-in at an OpenID Connect provider: authorization code with PKCE
 * (RFC 7636), by the page itself. What a sign-in needs on its way there and back
 * is in the tab's own store for that long; tokens are in memory. */

const PENDING = 'vigie-sign-in';
const LEAST_S = 5, EARLY_S = 30;

const base64url = bytes => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const digest = async text => base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
const home = () => `${location.origin}/`;

async function json(url, options) {
    const answer = await fetch(url, {...options, cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(10000)});
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error_description ?? body.error ?? `HTTP ${answer.status}`);
    return body;
}

const isWeb = url => /^https?:$/.test(new URL(url).protocol);

async function discover(issuer) {
    const found = await json(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (found.issuer !== issuer) throw new Error('issuer');
    if (!isWeb(found.authorization_endpoint) || !isWeb(found.token_endpoint)) throw new Error('endpoint');
    return found;
}

/* Where people sign in, {issuer, client_id}; null when nowhere, or where the
 * browser has no cryptography: a page from afar without TLS. */
export async function offered() {
    if (!globalThis.crypto?.subtle) return null;
    const found = await json('/v1/sign-in').catch(() => ({}));
    return found.issuer ? found : null;
}

/* Go there; the page is left. */
export async function leaveFor({issuer, client_id}, isKept) {
    const {authorization_endpoint} = await discover(issuer), state = random(), nonce = random(), verifier = random();
    sessionStorage.setItem(PENDING, JSON.stringify({issuer, client_id, state, nonce, verifier, isKept,
        place: location.search + location.hash}));
    const to = new URL(authorization_endpoint);
    for (const [name, value] of Object.entries({response_type: 'code', client_id, redirect_uri: home(), scope: 'openid', state, nonce,
        code_challenge: await digest(verifier), code_challenge_method: 'S256'})) to.searchParams.set(name, value);
    location.assign(to);
}

/* What the provider sent back with the browser, taken out of the address:
 * {pending, code, error}; null when this is no way back. */
export function cameBack() {
    const said = new URLSearchParams(location.search), pending = JSON.parse(sessionStorage.getItem(PENDING) ?? 'null');
    sessionStorage.removeItem(PENDING);
    if (!said.has('state') || !(said.has('code') || said.has('error'))) return null;
    history.replaceState(null, '', `/${pending?.place ?? ''}`);
    const isOurs = pending !== null && said.get('state') === pending.state;
    return {pending, code: said.get('code'), error: isOurs ? said.get('error_description') ?? said.get('error') : 'state'};
}

const nonceOf = token => JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).nonce;

const ask = (endpoint, form) => json(endpoint, {method: 'POST', body: new URLSearchParams(form)});

/* The tokens for a code: those of vigie that may be sent, best first, and how to
 * get the next ones. */
export async function redeem({pending: {issuer, client_id, nonce, verifier}, code}) {
    const {token_endpoint} = await discover(issuer);
    const found = await ask(token_endpoint, {grant_type: 'authorization_code', code, client_id, redirect_uri: home(), code_verifier: verifier});
    if (found.id_token && nonceOf(found.id_token) !== nonce) throw new Error('nonce');
    return {tokens: [found.access_token, found.id_token].filter(Boolean), renewal: new Renewal(token_endpoint, client_id, found)};
}

/* Fetches the next token some time before one is over, for as long as the
 * provider gives any. */
export class Renewal {
    constructor(endpoint, client_id, answer) { Object.assign(this, {endpoint, client_id, answer}); }

    start(kind, onToken) {
        const {refresh_token, expires_in} = this.answer;
        if (!refresh_token || !expires_in) return;
        this.timer = setTimeout(async () => {
            try {
                this.answer = {refresh_token, ...await ask(this.endpoint, {grant_type: 'refresh_token', refresh_token, client_id: this.client_id})};
                if (this.timer && this.answer[kind]) onToken(this.answer[kind]);
                if (this.timer) this.start(kind, onToken);
            } catch { /* the token ends, and the page says so */ }
        }, Math.max(LEAST_S, expires_in - EARLY_S) * 1000);
    }

    stop() { clearTimeout(this.timer); this.timer = null; }
}
