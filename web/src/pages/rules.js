/* rules - what watches, and what it has found. Where the server tells of its
 * rules, that is shown; else what follows from the alerts. */
import {foreign, h} from '../dom.js';
import {brief, moment, number, share, span, t} from '../i18n.js';
import {failed, severity, state, table} from './parts.js';

const TRIALS_MOST = 20;

/* Of the alerts that people judged, the part that was real; and of how many. */
const precision = p => p && p.share !== null ? `${share(p.share)} (${number(p.true + p.false + p.known)})` : '–';

/* What a rule on trial would have raised, and where. */
const trial = report => report ? h('span', {class: 'dim'}, t('wouldHave', {n: number(report.alerts)}),
    report.countries.length ? ` (${report.countries.map(c => `${c.country} ${number(c.alerts)}`).join(', ')})` : '') : '';

export class RulesPage {
    constructor(api) {
        this.api = api;
        this.out = h('div', {class: 'list', 'aria-live': 'polite'}, h('p', {class: 'empty'}, t('loading')));
        this.el = h('div', {class: 'page'}, h('h1', {}, t('page.rules')), this.out);
        this.load();
        this.timer = setInterval(() => this.load(), 5000);
    }

    stop() { clearInterval(this.timer); this.stopped = true; }

    update() {}

    async load() {
        try {
            const [rules, alerts] = await Promise.all([this.api.maybe('/v1/rules'), this.api.get('/v1/alerts?limit=1000')]);
            if (this.stopped) return;
            const trials = new Map(await Promise.all((rules?.body.rules ?? []).filter(r => r.shadow).slice(0, TRIALS_MOST).map(async r =>
                [r.id, (await this.api.maybe(`/v1/rules/${encodeURIComponent(r.id)}/shadow`))?.body])));
            if (this.stopped) return;
            const signature = JSON.stringify([rules?.body, alerts.body, [...trials]]);
            if (signature === this.seen) return;
            this.seen = signature;
            this.show(rules?.body, alerts.body, trials);
        } catch (error) {
            if (!this.stopped && !this.seen) this.out.replaceChildren(failed(error));
        }
    }

    show(told, {alerts, next}, trials) {
        const found = new Map();
        for (const r of told?.rules ?? []) found.set(r.id, {...r, alerts: []});
        for (const a of alerts) {
            if (!found.has(a.rule)) found.set(a.rule, {id: a.rule, title: a.title, severity: a.severity, alerts: []});
            found.get(a.rule).alerts.push(a);
        }
        const rows = [...found.values()].sort((a, b) => b.alerts.length - a.alerts.length || (a.id < b.id ? -1 : 1));
        const count = (r, name) => r.alerts.filter(a => a.state === name).length;
        this.out.replaceChildren(
            told?.error ? h('p', {class: 'note', role: 'alert'}, t('rulesBad'), ' ', foreign(told.error, 300)) : '',
            h('p', {class: 'dim'}, told ? t('rulesInForce', {n: number(told.rules.length), when: moment(told.loaded_at)}) : t('rulesFromAlerts')),
            next ? h('p', {class: 'dim'}, t('newestOnly', {n: number(alerts.length)})) : '',
            rows.length ? table(t('page.rules'), [t('rule'), t('severity'), t('state'), {n: t('state.firing')}, {n: t('state.recovering')}, {n: t('state.resolved')},
                {n: t('revised')}, {n: t('precision')}, t('lastStart')],
            rows.map(r => [h('span', {class: 'two'}, h('strong', {}, foreign(r.id)), h('span', {class: 'dim'}, foreign(r.title, 120)),
                r.kind ? h('span', {class: 'dim'}, foreign(r.kind), r.window_ms ? ` · ${span(r.window_ms)}` : '',
                    r.group_by?.length ? [' · ', foreign(r.group_by.join(', '))] : '') : ''),
                r.severity ? severity(r.severity) : '–',
                h('span', {class: 'two'}, r.shadow ? state('trial') : count(r, 'firing') ? state('firing') : state('resting'), trial(trials.get(r.id)),
                    r.state && r.state !== 'serving' ? h('span', {class: 'late'}, foreign(r.state)) : ''),
                ...['firing', 'recovering', 'resolved'].map(n => number(count(r, n))),
                number(r.alerts.filter(a => a.revision > 0).length), precision(r.precision),
                r.alerts.length ? brief(r.alerts.reduce((m, a) => a.start > m ? a.start : m, '')) : '–']))
                : h('p', {class: 'empty'}, t('noRules')));
    }
}
