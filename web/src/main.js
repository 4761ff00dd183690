/* main - sign-in, the frame around every page, and the way to a page. */
import 'uplot/dist/uPlot.min.css';
import './style.css';
import {Api, forget, keep, kept, strictest, Wall} from './data.js';
import {h, swap} from './dom.js';
import {ago, clock, language, LANGUAGES, preferred, setLanguage, t} from './i18n.js';
import {signIn} from './pages/signin.js';
import {WallPage} from './pages/wall.js';
import {CampaignsPage} from './pages/campaigns.js';
import {CampaignPage} from './pages/campaign.js';
import {ExplorePage} from './pages/explore.js';
import {RulesPage} from './pages/rules.js';
import {PartnersPage} from './pages/partners.js';

const PAGES = {'': WallPage, campaigns: CampaignsPage, campaign: CampaignPage, explore: ExplorePage, rules: RulesPage, partners: PartnersPage};
const MENU = [['', 'wall'], ['campaigns', 'campaigns'], ['explore', 'explore'], ['rules', 'rules'], ['partners', 'partners']];

const app = document.getElementById('app');
let api = null, wall = null, page = null, frame = null;

/* "#/campaign/x?by=y" -> {name, id, params} */
function place() {
    const [path, search] = location.hash.replace(/^#\/?/, '').split('?');
    const [name, ...rest] = path.split('/');
    let id = rest.join('/');
    try { id = decodeURIComponent(id); } catch { /* as it was written */ }
    return {name: name in PAGES ? name : '', id, params: new URLSearchParams(search)};
}

function setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    rebuild();
}

async function speak(next) {
    await setLanguage(next);
    rebuild();
}

function chooser(label, options, chosen, onChoose) {
    return h('select', {'aria-label': label, 'data-key': label, onchange: e => onChoose(e.target.value)},
        Object.entries(options).map(([value, text]) => h('option', {value, selected: value === chosen, lang: value in LANGUAGES ? value : null}, text)));
}

const choosers = () => [
    chooser(t('language'), LANGUAGES, language(), speak),
    h('button', {class: 'quiet', 'data-key': 'theme', onclick: () => setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark')},
        document.documentElement.dataset.theme === 'dark' ? t('light') : t('dark'))];

function makeFrame() {
    const parts = {
        link: h('div', {class: 'link', role: 'status'}), marking: h('span', {class: 'marking'}),
        who: h('span', {class: 'who'}), main: h('main', {id: 'main', tabindex: '-1'}),
        menu: h('nav', {'aria-label': t('pages')}), banner: h('div', {class: 'banner', role: 'alert', hidden: true})};
    app.replaceChildren(
        h('a', {class: 'skip', href: '#main', onclick: e => { e.preventDefault(); parts.main.focus(); }}, t('skip')),
        h('header', {class: 'top'}, h('a', {class: 'brand', href: '#/'}, h('span', {class: 'eye', 'aria-hidden': 'true'}), 'vigie'),
            parts.menu, parts.link, parts.marking, parts.who,
            h('div', {class: 'tools'}, choosers(), h('button', {class: 'quiet', 'data-key': 'out', onclick: () => leave()}, t('signOut')))),
        parts.banner, parts.main);
    return parts;
}

/* How fresh the picture is, in words, every second. */
function tellFreshness() {
    if (!frame) return;
    const s = wall.state, link = s.link;
    const late = s.asOf && Date.now() - new Date(s.asOf) > 10000;
    const shown = link === 'live' && late ? 'stale' : link;
    swap(frame.link, [shown, s.asOf, s.completeTo, language(), link === 'away' ? ago(s.readAt ?? s.awaySince) : ''], () => [
        h('span', {class: 'pill ' + shown}, h('span', {class: 'lamp', 'aria-hidden': 'true'}), t('link.' + shown)),
        h('span', {class: 'fresh'}, link === 'away'
            ? s.readAt ? t('lastRead', {when: ago(s.readAt)}) : t('neverRead')
            : s.asOf ? `${t('asOf')} ${clock(s.asOf)}` : '',
        link !== 'away' && s.completeTo ? ` · ${t('completeTo')} ${clock(s.completeTo)}` : '')]);
    frame.banner.hidden = link !== 'away' && shown !== 'stale';
    swap(frame.banner, [shown, language(), s.error], () => [shown === 'away' ? t('awayBanner') : shown === 'stale' ? t('staleBanner') : '']);
    const marking = strictest(s.markings ?? []);
    swap(frame.marking, [marking], () => marking ? h('span', {class: 'tlp', 'data-tlp': marking}, 'TLP:' + marking) : []);
    const who = s.viewer;
    swap(frame.who, [who, language()], () => who ? [t('viewer'), ' ', h('strong', {}, who === 'coalition' ? t('coalition') : who)] : []);
}

function menu() {
    const here = place().name === 'campaign' ? 'campaigns' : place().name;
    frame.menu.replaceChildren(...MENU.map(([name, word]) =>
        h('a', {href: '#/' + name, 'aria-current': name === here ? 'page' : null}, t('page.' + word))));
}

function open() {
    if (!api) return;
    const to = place();
    page?.stop();
    menu();
    document.title = `${t('page.' + (MENU.find(([n]) => n === to.name)?.[1] ?? 'campaigns'))} · vigie`;
    page = new PAGES[to.name](api, wall, to);
    frame.main.className = 'page-' + (to.name || 'wall');
    frame.main.replaceChildren(page.el);
    page.update(wall.state);
}

/* The same place in other words or colours. */
function rebuild() {
    const key = document.activeElement?.dataset?.key;
    if (api) {
        frame = makeFrame();
        open();
        tellFreshness();
    } else {
        app.replaceChildren(signIn(enter, choosers()));
    }
    if (key) document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

function leave(reason) {
    wall?.stop();
    page?.stop();
    forget();
    api = wall = page = frame = null;
    document.title = 'vigie';
    app.replaceChildren(signIn(enter, choosers(), reason));
}

async function enter(token, isKept) {
    const next = new Api(token, () => leave(t('refused')));
    const first = new Api(token);
    await first.get('/v1/partners');  // throws: the sign-in page says why
    if (isKept) keep(token);
    start(next);
}

function start(next) {
    api = next;
    wall = new Wall(api, state => { page?.update(state); tellFreshness(); });
    rebuild();
    wall.start();
}

addEventListener('hashchange', open);
setInterval(tellFreshness, 1000);
document.addEventListener('visibilitychange', () => { if (!document.hidden) wall?.again(0); });

document.documentElement.dataset.theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
const asked = new URLSearchParams(location.search);
await setLanguage(asked.get('lang') in LANGUAGES ? asked.get('lang') : preferred()).catch(() => {});
if (kept()) start(new Api(kept(), () => leave(t('refused'))));
else rebuild();
