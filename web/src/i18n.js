/* i18n - words, numbers and times in the reader's language. */
/* global WORDS_URLS */

export const LANGUAGES = {en: 'English', fr: 'Français', ar: 'العربية', he: 'עברית'};
const RIGHT_TO_LEFT = new Set(['ar', 'he']);

let words = {}, lang = 'en', forms = {};

/* The first of the browser's languages that there are words for. */
export const preferred = () =>
    navigator.languages.map(l => l.slice(0, 2)).find(l => l in LANGUAGES) ?? 'en';

export async function setLanguage(next) {
    const answer = await fetch(WORDS_URLS[next]);
    if (!answer.ok) throw new Error(`words: ${answer.status}`);
    words = await answer.json();
    lang = next;
    forms = {};
    document.documentElement.lang = lang;
    document.documentElement.dir = RIGHT_TO_LEFT.has(lang) ? 'rtl' : 'ltr';
}

export const language = () => lang;

/* The words of a key, each {name} in them filled in. */
export const t = (key, values = {}) =>
    (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');

/* The words of a key, or what there are no words for as it was said. */
export const either = (key, otherwise) => words[key] ?? otherwise;

const form = (name, make) => (forms[name] ??= make());

export const number = n => n === null || n === undefined ? '–'
    : form('n', () => new Intl.NumberFormat(lang)).format(n);
export const short = n => n === null || n === undefined ? '–'
    : n < 10000 ? number(n)
        : form('s', () => new Intl.NumberFormat(lang, {notation: 'compact', maximumFractionDigits: 1})).format(n);
export const decimal = n => form('d', () => new Intl.NumberFormat(lang, {maximumFractionDigits: 1})).format(n);
export const percent = x => form('p', () => new Intl.NumberFormat(lang,
    {style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero'})).format(x);

export const share = x => form('h', () => new Intl.NumberFormat(lang,
    {style: 'percent', maximumFractionDigits: 1})).format(x);

const at = time => time instanceof Date ? time : new Date(time);
export const clock = time => form('c', () => new Intl.DateTimeFormat(lang,
    {hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'})).format(at(time));
export const minute = time => form('m', () => new Intl.DateTimeFormat(lang,
    {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'})).format(at(time));
export const day = time => form('y', () => new Intl.DateTimeFormat(lang,
    {day: 'numeric', month: 'short'})).format(at(time));
export const moment = time => !time ? '–' : form('t', () => new Intl.DateTimeFormat(lang,
    {dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23'})).format(at(time));
/* A time of today by the clock, another with its day. */
export const brief = time => !time ? '–' : Math.abs(Date.now() - at(time)) < 64800000 ? minute(time)
    : `${day(time)} ${minute(time)}`;

const STEPS = [[86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']];
export function ago(time) {
    const s = (Date.now() - at(time)) / 1000;
    const [size, unit] = STEPS.find(([n]) => Math.abs(s) >= n) ?? STEPS[3];
    return form('r', () => new Intl.RelativeTimeFormat(lang, {numeric: 'auto', style: 'short'}))
        .format(-Math.round(s / size), unit);
}
export function span(ms) {
    const s = Math.abs(ms) / 1000;
    const [size, unit] = STEPS.find(([n]) => s >= n) ?? STEPS[3];
    const text = form('u' + unit, () => new Intl.NumberFormat(lang,
        {style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: s < 10 ? 2 : 1})).format(ms / 1000 / size);
    return text;
}

const region = code => form('g', () => new Intl.DisplayNames(lang, {type: 'region', fallback: 'code'})).of(code);
export function country(code) {
    if (code === '~other') return t('other');
    try { return region(code); } catch { return code; }
}
