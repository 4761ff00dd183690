/* main - sign-in, the frame around every page, and the way to a page. */
import 'uplot/dist/uPlot.min.css';
import './style.css';
import {Api, forget, keep, kept, strictest, Wall} from './data.js';
import {foreign, h, swap} from './dom.js';
import {ago, clock, language, LANGUAGES, preferred, setLanguage, t} from './i18n.js';
import {cameBack, redeem} from './oidc.js';
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
let api = null, wall = null, page = null, frame = null, exercise = null, over = null, renewal = null;
const EXERCISE_MS = 5000;

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
        menu: h('nav', {'aria-label': t('pages')}), banner: h('div', {class: 'banner', role: 'alert', hidden: true}),
        play: h('div', {class: 'play', role: 'status'})};
    app.replaceChildren(
        h('a', {class: 'skip', href: '#main', onclick: e => { e.preventDefault(); parts.main.focus(); }}, t('skip')),
        h('header', {class: 'top'}, h('a', {class: 'brand', href: '#/'}, h('span', {class: 'eye', 'aria-hidden': 'true'}), 'vigie'),
            parts.menu, parts.link, parts.marking, parts.who,
            h('div', {class: 'tools'}, choosers(), h('button', {class: 'quiet', 'data-key': 'out', onclick: () => leave()}, t('signOut')))),
        parts.play, parts.banner, parts.main);
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

/* Whether an exercise is on, and whether this is it: nobody may take the one
 * for the other. */
function tellExercise() {
    if (!frame) return;
    document.documentElement.dataset.plays = String(Boolean(api?.plays));
    swap(frame.play, [api?.plays, exercise, over, language()], () => api?.plays
        ? h('p', {class: 'exercise'}, h('strong', {}, t('exercise')), ' ', foreign(exercise?.title ?? '', 120), h('span', {}, t('exerciseIs')),
            h('button', {'data-key': 'real', onclick: () => play(false)}, t('exerciseLeave')))
        : [exercise?.on ? h('p', {class: 'offer'}, t('exerciseOn'), ' ', foreign(exercise.title, 120), ' ',
            h('button', {'data-key': 'play', onclick: () => play(true)}, t('exerciseEnter'))) : '',
        over ? h('p', {class: 'offer'}, t('exerciseOver')) : '']);
}

/* The other view, by choice; back of itself when the exercise is over. */
function play(plays, isOver = false) {
    if (!api || api.plays === plays) return;
    over = isOver;
    wall.stop();
    page?.stop();
    page = null;
    const {token, me} = api;
    if (isOver && location.hash.startsWith('#/campaign/')) location.hash = '#/campaigns';
    start(new Api(token, {plays, me, onRefused, onOver}));
}

const onRefused = () => leave(t('refused')), onOver = () => play(false, true);

function hearExercise(now) {
    exercise = now?.on ? now : null;
    if (exercise) over = null;
    if (api.plays && !exercise) onOver();
    else tellExercise();
}

/* The stream says whether an exercise is on; while there is none, it is asked. */
async function watchExercise() {
    if (!api || document.hidden || wall.stream.isOpen) return;
    const asked = api, now = await new Api(api.token).maybe('/v1/exercise').catch(() => undefined);
    if (now !== undefined && api === asked && !wall.stream.isOpen) hearExercise(now?.body);
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
    document.title = `${api.plays ? t('exercise') + ' · ' : ''}${t('page.' + (MENU.find(([n]) => n === to.name)?.[1] ?? 'campaigns'))} · vigie`;
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
        tellExercise();
    } else {
        app.replaceChildren(signIn(enter, choosers()));
    }
    if (key) document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

function leave(reason) {
    wall?.stop();
    page?.stop();
    renewal?.stop();
    renewal = null;
    forget();
    api = wall = page = frame = exercise = over = null;
    document.documentElement.dataset.plays = 'false';
    document.title = 'vigie';
    app.replaceChildren(signIn(enter, choosers(), reason));
}

async function enter(token, isKept) {
    const first = new Api(token);
    await first.get('/v1/partners');  // throws: the sign-in page says why
    await first.introduce();
    if (isKept) keep(token);
    start(new Api(token, {me: first.me, onRefused}));
}

/* With the code that a provider gave: its access token, or where that is not for
 * vigie its identity token, for as long as it renews it. */
async function enterBy(back) {
    try {
        if (back.error) throw new Error(back.error);
        const {tokens, renewal: next} = await redeem(back);
        for (const token of tokens) {
            try {
                await enter(token, back.pending.isKept);
            } catch (error) {
                if (error.status === 401 && token !== tokens.at(-1)) continue;
                throw error;
            }
            renewal = next;
            next.start(token === tokens[0] ? 'access_token' : 'id_token', fresh => {
                api.token = fresh;
                if (kept()) keep(fresh);
            });
            return;
        }
        throw new Error('no token');
    } catch (error) {
        leave(t('signInFailed', {why: error.status === 401 ? t('badToken') : error.message}));
    }
}

/* The token of this tab, which may have gone out of force meanwhile. */
async function comeBack(token) {
    const next = new Api(token, {onRefused});
    start(next);
    for (let wait = 500; api === next && !next.me; wait = Math.min(8000, wait * 2)) {
        await next.introduce().catch(() => {});
        if (next.me && api === next) rebuild();
        else await new Promise(done => { setTimeout(done, wait); });
    }
}

function start(next) {
    api = next;
    wall = new Wall(api, state => { page?.update(state); tellFreshness(); });
    const own = wall;
    own.onExercise = now => { if (wall === own) hearExercise(now); };
    rebuild();
    wall.start();
    watchExercise();
}

addEventListener('hashchange', open);
setInterval(tellFreshness, 1000);
setInterval(watchExercise, EXERCISE_MS);
document.addEventListener('visibilitychange', () => { if (!document.hidden) wall?.again(0); });

document.documentElement.dataset.theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
const back = cameBack(), asked = new URLSearchParams(location.search);
await setLanguage(asked.get('lang') in LANGUAGES ? asked.get('lang') : preferred()).catch(() => {});
if (back) enterBy(back);
else if (kept()) comeBack(kept());
else rebuild();
