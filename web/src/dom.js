/* dom - elements without markup: text is only ever text. */

const SVG = 'http://www.w3.org/2000/svg';

function fill(el, attrs, children) {
    for (const [name, value] of Object.entries(attrs ?? {})) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith('on')) el.addEventListener(name.slice(2), value);
        else if (name === 'style') for (const [k, v] of Object.entries(value)) el.style.setProperty(k, v);
        else if (name === 'value') el.value = value;
        else el.setAttribute(name, value === true ? '' : value);
    }
    el.append(...children.flat(Infinity).filter(c => c !== null && c !== undefined && c !== false));
    return el;
}

/* h('p', {class: 'x', onclick: f, style: {width: '3px'}}, 'text', child) */
export const h = (tag, attrs, ...children) => fill(document.createElement(tag), attrs, children);
export const svg = (tag, attrs, ...children) => fill(document.createElementNS(SVG, tag), attrs, children);

/* Replace what is in `el` only when `signature` has changed, and keep the
 * keyboard's place: the element with the same data-key has the focus after. */
export function swap(el, signature, build) {
    const text = JSON.stringify(signature);
    if (el.vgSignature === text) return false;
    const key = el.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    el.vgSignature = text;
    el.replaceChildren(...[build()].flat(Infinity).filter(Boolean));
    if (key) [...el.querySelectorAll('[data-key]')].find(e => e.dataset.key === key)?.focus();
    return true;
}

/* Marks that reorder, hide or break text are shown as what they are. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
export const plain = (text, most = 160) => {
    const clean = String(text ?? '').replace(HIDDEN, '\uFFFD');
    const points = [...clean];
    return points.length > most ? points.slice(0, most - 1).join('') + '\u2026' : clean;
};

/* What somebody else wrote, in its own direction. */
export const foreign = (text, most = 60) => {
    const whole = plain(text, 2000), shown = plain(text, most);
    return h('bdi', {class: 'foreign', title: shown === whole ? null : whole}, shown);
};

/* An indicator that nobody can click, or paste into a browser by mistake. */
export function defang(text) {
    const [, type, value] = /^(ipv4|ipv6|domain|url|email|md5|sha1|sha256):(.*)$/su.exec(text) ?? [, '', text];
    const safe = value.replace(/^http/i, m => m[0] + 'xx' + m.slice(3)).replace(/:\/\//g, '[://]')
        .replace(/\./g, '[.]').replace(/@/g, '[@]');
    const whole = type === 'ipv6' ? safe.replace(/:/g, '[:]') : safe;
    return type ? `${type} ${whole}` : whole;
}

const LIKE_AN_ADDRESS = /:\/\/|@|^\d+(\.\d+){3}|^[\w-]+(\.[\w-]+)+$/;
export const shown = (field, value) =>
    field === 'indicator' || (field.startsWith('fields.') && LIKE_AN_ADDRESS.test(value)) ? defang(value) : value;

/* Hand `text` to the browser to be saved as a file. */
export function save(name, type, text) {
    const url = URL.createObjectURL(new Blob([text], {type}));
    h('a', {href: url, download: name}).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export const icon = (name, title) => {
    const paths = {
        current: 'M3 8.500l3 3 7-7', lagging: 'M8 3v5l3.500 2', silent: 'M4 4l8 8M12 4l-8 8', never_seen: 'M4 8h8',
        left: 'M4 8h8', joining: 'M8 4v8M4 8h8', up: 'M8 3l5 6H3z', down: 'M8 13L3 7h10z', flat: 'M3 8h10',
        fresh: 'M8 3v10M3 8h10'};
    return svg('svg', {class: 'icon icon-' + name, viewBox: '0 0 16 16', 'aria-hidden': title ? null : 'true',
        role: title ? 'img' : null, 'aria-label': title}, svg('path', {d: paths[name] ?? paths.flat}));
};
