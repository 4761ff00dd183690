/* wall - the picture that a joint SOC looks at all day. */
import {Chart} from '../chart.js';
import {happenings, isCampaign, SPANS} from '../data.js';
import {foreign, h, icon, swap} from '../dom.js';
import {brief, country, language, minute, short, t} from '../i18n.js';
import {WorldMap} from '../map.js';
import {campaign, change, happened, panel, tops} from './parts.js';

const LINES_MOST = 7, CAMPAIGNS_MOST = 12;
const ORDER = {firing: 0, pending: 1, recovering: 2, resolved: 3};

export class WallPage {
    constructor(api, wall) {
        this.wall = wall;
        this.map = new WorldMap();
        this.chart = new Chart(t('byCountry'));
        for (const name of ['total', 'campaigns', 'actors', 'techniques', 'health'])
            this[name] = h('div', {class: name});
        this.ticker = h('ol', {class: 'ticker', 'aria-label': t('ticker'), tabindex: '0'});
        const spans = h('div', {class: 'spans', role: 'group', 'aria-label': t('range')}, SPANS.map(s =>
            h('button', {class: 'quiet', 'aria-pressed': String(s === wall.span), 'data-span': s, onclick: e => {
                for (const b of e.target.parentNode.children) b.setAttribute('aria-pressed', String(b === e.target));
                wall.setSpan(s);
            }}, t('span.' + s))));
        this.el = h('div', {class: 'wall'},
            h('h1', {class: 'unseen'}, t('page.wall')),
            h('section', {class: 'panel worldview', 'aria-label': t('map')}, this.map.el,
                h('div', {class: 'over'}, this.total, spans),
                h('ul', {class: 'key'}, ['source', 'victim', 'member'].map(w => h('li', {class: 'k-' + w}, t(w))))),
            panel(t('byCountry'), this.chart.el),
            panel(t('campaignsNow'), this.campaigns),
            h('div', {class: 'pair'}, panel(t('topActors'), this.actors), panel(t('topTechniques'), this.techniques)),
            panel(t('health'), this.health),
            panel(t('ticker'), this.ticker));
    }

    stop() { this.map.stop(); this.chart.stop(); }

    update(s) {
        if (!s.readAt) return;
        this.el.dataset.link = s.link;
        swap(this.total, [s.total, s.totalBefore, s.span, language()], () => [
            h('span', {class: 'count', 'data-total': s.total ?? ''}, s.total === null ? t('noData') : short(s.total)),
            h('span', {class: 'unit'}, t('eventsIn', {span: t('span.' + s.span)})), change(s.total, s.totalBefore)]);
        this.map.show(s);
        this.lines(s);
        const now = s.alerts.filter(a => isCampaign(a) && a.state !== 'resolved')
            .sort((a, b) => ORDER[a.state] - ORDER[b.state] || b.severity - a.severity || (a.start < b.start ? 1 : -1));
        swap(this.campaigns, [now.map(a => [a.id, a.state, a.revision, a.updated_at, a.campaign, a.countries, a.people]), language()], () => now.length
            ? [now.slice(0, CAMPAIGNS_MOST).map(campaign),
                now.length > CAMPAIGNS_MOST ? h('a', {href: '#/campaigns', class: 'more'}, t('more', {n: now.length - CAMPAIGNS_MOST})) : '']
            : h('p', {class: 'empty'}, t('noCampaign')));
        swap(this.actors, [s.actors, language()], () => tops(s.actors, n => n === '~other' ? t('other') : foreign(n, 40)));
        swap(this.techniques, [s.techniques, language()], () => tops(s.techniques, n => n === '~other' ? t('other') : foreign(n, 40)));
        swap(this.health, [s.partners.map(p => [p.id, p.state, p.silent_since, p.complete_to?.slice(0, 16)]), language()],
            () => h('ul', {class: 'partners'}, s.partners.map(p => this.partner(p))));
        const events = happenings(s.alerts, s.partners);
        swap(this.ticker, [events.map(e => [e.at, e.kind, e.alert?.id, e.country, e.partner]), language()],
            () => events.length ? events.map(happened) : h('li', {class: 'empty'}, t('quiet')));
    }

    /* The step that runs is not whole yet: it is counted, not drawn. */
    lines(s) {
        const whole = s.times.findLastIndex(at => (at + s.step) * 1000 <= Date.now()) + 1;
        const sum = r => r.values.reduce((a, b) => a + (b ?? 0), 0);
        const rows = s.series.map(r => ({name: r.country, text: country(r.country), values: r.values.slice(0, whole), sum: sum(r)}))
            .sort((a, b) => b.sum - a.sum);
        const shown = rows.slice(0, LINES_MOST).sort((a, b) => a.name < b.name ? -1 : 1), rest = rows.slice(LINES_MOST);
        if (rest.length) shown.push({name: '~rest', text: t('other'), values: shown[0].values.map((_, i) =>
            rest.reduce((a, r) => r.values[i] === null ? a : (a ?? 0) + r.values[i], null))});
        this.chart.show(s.times.slice(0, whole), shown);
    }

    partner(p) {
        const text = p.state === 'silent' && p.silent_since ? `${t('since')} ${brief(p.silent_since)}`
            : p.state === 'never_seen' ? '' : p.complete_to ? `${t('to')} ${minute(p.complete_to)}` : t('noData');
        return h('li', {'data-state': p.state, 'data-partner': p.id}, icon(p.state), h('strong', {title: country(p.country)}, p.id),
            h('span', {class: 'word'}, t('state.' + p.state)), h('span', {class: 'dim'}, text));
    }
}
