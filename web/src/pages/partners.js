/* partners - who speaks, who is silent, and the book that adds up. */
import {foreign, h} from '../dom.js';
import {brief, country, number, span, t} from '../i18n.js';
import {failed, panel, partnerState, table} from './parts.js';

/* The parts of received, in the order in which they are drawn. */
const PARTS = ['counted', 'duplicate', 'relayed', 'beyond', 'future', 'control', 'canary', 'not_alert', 'not_member', 'rejected'];
const MIDDOT = ' · ';

export class PartnersPage {
    constructor(api) {
        this.api = api;
        this.out = h('div', {class: 'out'}, h('p', {class: 'empty'}, t('loading')));
        this.el = h('div', {class: 'page'}, h('h1', {}, t('page.partners')), this.out);
        this.load();
        this.timer = setInterval(() => this.load(), 5000);
    }

    stop() { clearInterval(this.timer); this.stopped = true; }

    update() {}

    async load() {
        try {
            const [partners, account] = await Promise.all([this.api.get('/v1/partners'), this.api.get('/v1/account').catch(e => { if (e.status === 503) return null; throw e; })]);
            if (this.stopped) return;
            const signature = JSON.stringify([partners.body.partners.map(p => ({...p, partitions: 0, watermark: 0})), account?.body.rows]);
            if (signature === this.seen) return;
            this.seen = signature;
            const open = new Set([...this.out.querySelectorAll('details[open]')].map(d => d.dataset.key));
            const focus = this.out.contains(document.activeElement) ? document.activeElement.closest('[data-key]')?.dataset.key : null;
            this.show(partners.body.partners, account?.body);
            for (const d of this.out.querySelectorAll('details')) d.open = open.has(d.dataset.key) || (open.size === 0 && partners.body.partners.filter(p => p.sensors).length === 1);
            if (focus) this.out.querySelector(`[data-key="${CSS.escape(focus)}"] summary`)?.focus();
        } catch (error) {
            if (!this.stopped && !this.seen) this.out.replaceChildren(failed(error));
        }
    }

    show(partners, account) {
        const sums = new Map();
        for (const row of account?.rows ?? []) {
            const mine = sums.get(row.partner) ?? {received: 0, ...Object.fromEntries(PARTS.map(p => [p, 0]))};
            for (const name of Object.keys(mine)) mine[name] += row[name] ?? 0;
            sums.set(row.partner, mine);
        }
        const used = PARTS.filter(p => [...sums.values()].some(s => s[p] > 0));
        this.out.replaceChildren(
            panel(t('health'), table(t('health'), [t('partner'), t('country'), t('state'), t('completeTo'), t('silentSince'), t('usuallyWithin')],
                partners.map(p => [h('strong', {}, foreign(p.id)), country(p.country), partnerState(p.state),
                    brief(p.complete_to), brief(p.silent_since), p.expected_quiet_ms ? span(p.expected_quiet_ms) : '–']))),
            panel(t('account'), account ? h('div', {}, h('p', {class: 'dim'}, t('accountHint')),
                h('ul', {class: 'key book'}, used.map(p => h('li', {class: 'b-' + p}, t('verdict.' + p)))),
                [...sums].map(([id, s]) => this.book(id, s, used)),
                sums.size ? '' : h('p', {class: 'empty'}, t('noData'))) : h('p', {class: 'empty'}, t('storeAway'))),
            ...partners.filter(p => p.sensors).map(p => this.sensors(p)));
    }

    /* The bar is as long as what was received: its parts fill it, or a gap shows. */
    book(id, s, used) {
        const sum = PARTS.reduce((a, p) => a + s[p], 0), right = sum === s.received;
        return h('div', {class: 'bookrow', 'data-partner': id, 'data-adds-up': String(right)},
            h('strong', {}, foreign(id)),
            h('div', {class: 'stack', 'aria-hidden': 'true'}, used.map(p => s[p] ? h('span', {class: 'b-' + p, title: `${t('verdict.' + p)}: ${number(s[p])}`,
                style: {'flex-grow': s[p]}}) : '')),
            h('p', {}, t('received'), ' ', h('b', {}, number(s.received)), ' = ',
                used.filter(p => s[p]).map((p, i) => [i ? ' + ' : '', t('verdict.' + p), ' ', h('b', {}, number(s[p]))]),
                h('span', {class: right ? 'right' : 'wrong'}, right ? ' ✓ ' + t('addsUp') : ' ✗ ' + t('addsNotUp', {n: number(s.received - sum)}))));
    }

    sensors(p) {
        const signed = ms => ms === null || ms === undefined ? '–' : (ms > 0 ? '+' : '') + span(ms);
        return h('details', {class: 'panel', 'data-key': 'sensors-' + p.id},
            h('summary', {}, h('h2', {}, t('sensorsOf', {partner: p.id})), h('span', {class: 'dim'}, number(p.sensors.length + (p.sensors_omitted ?? 0)),
                MIDDOT, t('silentN', {n: number(p.sensors.filter(s => s.state === 'silent').length)}))),
            p.sensors.length ? table(t('sensorsOf', {partner: p.id}), [t('sensor'), t('state'), t('lastSeen'), {n: t('records')}, t('usuallyWithin'), {n: t('skew')}, {n: t('drift')}],
                p.sensors.map(s => [foreign(s.sensor), partnerState(s.state), brief(s.last_seen), number(s.records),
                    s.expected_quiet_ms ? `${span(s.expected_quiet_ms)} (${t('cadence.' + s.cadence)})` : t('cadence.' + s.cadence),
                    h('span', {class: s.skew_ms < -1000 ? 'ahead' : null}, signed(s.skew_ms)), signed(s.drift_ms)]))
                : h('p', {class: 'empty'}, t('none')));
    }
}
