/* campaign - one alert: how it spread, who contributed, what came late. */
import {query, spread} from '../data.js';
import {foreign, h, plain, save, shown} from '../dom.js';
import {brief, country, either, moment, number, span, t} from '../i18n.js';
import {PeopleForm, said, SilenceList} from './people.js';
import {copyable, failed, group, pace, panel, severity, stage, state, table} from './parts.js';

export class CampaignPage {
    constructor(api, _, {id}) {
        this.api = api;
        this.id = id;
        this.el = h('div', {class: 'page campaignpage', 'aria-busy': 'true'}, h('p', {class: 'empty'}, t('loading')));
        this.form = api.mayWrite ? new PeopleForm(api, id, () => { this.seen = null; this.load(); }) : null;
        this.silences = new SilenceList(api);
        this.load();
        this.timer = setInterval(() => this.load(), 3000);
    }

    stop() { clearInterval(this.timer); this.stopped = true; }

    update() {}

    async load() {
        try {
            const {body} = await this.api.get('/v1/alerts/' + encodeURIComponent(this.id));
            if (this.stopped) return;
            const signature = JSON.stringify(body);
            if (signature === this.seen) this.silences.about(body);
            if (signature === this.seen || this.el.querySelector('dialog[open]')) return;
            this.seen = signature;
            this.show(body);
        } catch (error) {
            if (this.stopped || this.seen) return;
            this.el.replaceChildren(h('h1', {}, t('campaign')), failed(error), h('p', {}, h('a', {href: '#/campaigns'}, t('page.campaigns'))));
        }
    }

    show(a) {
        this.el.removeAttribute('aria-busy');
        this.form?.about(a);
        this.silences.about(a);
        const key = this.el.contains(document.activeElement) ? document.activeElement.dataset.key : null;
        const reached = spread(a);
        this.el.replaceChildren(
            h('header', {class: 'title'}, severity(a.severity),
                h('div', {}, h('h1', {}, group(a)), h('p', {class: 'dim'}, foreign(a.title, 200))),
                h('div', {class: 'states'}, a.group?.actor ? h('a', {href: '#/explore?' + query([['by', 'country'], ['range', '24h'], ['where', 'actor:' + a.group.actor]])}, t('exploreThis')) : '', state(a.state), stage(a), pace(a), h('button', {class: 'quiet', 'data-key': 'stix', onclick: () => this.saveDocument('stix')}, t('stixFile')),
                    a.marking ? h('span', {class: 'tlp', 'data-tlp': a.marking}, 'TLP:' + a.marking) : '')),
            a.merged_into ? h('p', {class: 'note'}, t('mergedInto'), ' ', h('a', {href: '#/campaign/' + encodeURIComponent(a.merged_into)}, a.merged_into)) : '',
            a.withdrawn ? h('p', {class: 'note'}, t('withdrawn')) : '',
            panel(t('spread'), this.timeline(a, reached)),
            h('div', {class: 'columns'}, panel(t('ledger'), this.ledger(a)), panel(t('without'), this.without(a))),
            panel(t('evidence'), this.evidence(a), h('button', {class: 'quiet', 'data-key': 'evidence', onclick: () => this.saveDocument('evidence')}, t('evidenceFile'))),
            h('div', {class: 'columns'}, panel(t('revisions'), this.history(a)), panel(t('people'), h('div', {}, said(a), this.silences.el, this.form?.el ?? h('p', {class: 'dim'}, t(this.api.plays ? 'exerciseIs' : 'readerOnly'))))),
            panel(t('replay'), h('div', {}, h('p', {class: 'dim'}, t('replayHint')), copyable(a.replay ?? '', t('replay')))));
        if (key) this.el.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
    }

    /* A row a country: from its first event to its last, the tipping event marked. */
    timeline(a, reached) {
        const rows = reached.filter(r => r.first);
        if (!rows.length) return h('p', {class: 'empty'}, t('none'));
        const times = rows.flatMap(r => [Date.parse(r.first), Date.parse(r.last)]);
        const from = Math.min(...times), length = Math.max(1, Math.max(...times) - from);
        const x = time => (Date.parse(time) - from) / length;
        return h('ol', {class: 'timeline', 'aria-label': t('inOrder')}, rows.map((r, n) =>
            h('li', {}, h('span', {class: 'where'}, h('strong', {}, r.country), ' ', country(r.country)),
                h('span', {class: 'track', 'aria-hidden': 'true'},
                    h('span', {class: 'run', style: {'--from': x(r.first), '--to': x(r.last)}}),
                    a.tipping && a.tipping.value === r.country ? h('span', {class: 'tip-mark', title: t('tipping'), style: {'--from': x(a.tipping.time)}}) : ''),
                h('span', {class: 'when'}, moment(r.first),
                    n ? h('span', {class: 'dim'}, ' +' + span(Date.parse(r.first) - from)) : ''),
                h('span', {class: 'by dim'}, t('by'), ' ', r.partners.map((p, i) => [i ? ', ' : '', foreign(p)])))));
    }

    ledger(a) {
        const tip = a.tipping;
        return h('dl', {class: 'facts'}, [
            [t('contributed'), (a.partners ?? []).map((p, i) => [i ? ', ' : '', foreign(p)])],
            [t('tipping'), tip ? [foreign(tip.partner), ', ', foreign(`${tip.field} = ${shown(tip.field, String(tip.value))}`), ', ', moment(tip.time)] : '–'],
            [t('peak'), a.peak === undefined ? '–' : [number(a.peak), a.peak_at ? `, ${moment(a.peak_at)}` : '']],
            [t('start'), moment(a.start)], [t('end'), a.end ? moment(a.end) : t('goesOn')],
            [t('window'), a.window_ms ? span(a.window_ms) : '–'],
            [t('detected'), moment(a.detected_at)],
            a.completeness ? [t('completeness'), [t('currentOf', {n: number(a.completeness.current), m: number(a.completeness.members)}),
                a.completeness.partners.filter(p => p.state !== 'current').map(p => [' · ', foreign(p.id), ' ', t('state.' + p.state)])]] : null,
            a.approximate ? [t('exactness'), t('approximate')] : null,
            [t('rule'), [foreign(a.rule), ' ', h('span', {class: 'dim'}, a.rule_hash)]],
        ].filter(Boolean).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value.length ? value : '–'))));
    }

    without(a) {
        if (!a.without?.length) return h('p', {class: 'empty'}, t('none'));
        return h('ul', {class: 'without'}, a.without.map(w => h('li', {'data-holds': String(w.holds)},
            h('strong', {}, foreign(w.partner)), ' ', w.holds ? t('wouldHold') : t('wouldNotHold'))));
    }

    evidence(a) {
        const rows = a.first_seen ?? [];
        if (!rows.length) return h('p', {class: 'empty'}, t('none'));
        return h('div', {}, table(t('evidence'), [t('field'), t('value'), t('partner'), t('first'), t('last')],
            rows.map(r => [foreign(r.field), foreign(shown(r.field, String(r.value)), 80), foreign(r.partner), moment(r.first), moment(r.last)])),
        a.rows_omitted ? h('p', {class: 'dim'}, t('more', {n: number(a.rows_omitted)})) : '');
    }

    /* A whole document about the alert, as the server tells it: 'evidence' or 'stix'. */
    async saveDocument(what) {
        try {
            const {body} = await this.api.get(`/v1/alerts/${encodeURIComponent(this.id)}/${what}`);
            save(`vigie-${what}-${plain(this.id)}.json`, 'application/json', JSON.stringify(body, null, 1) + '\n');
        } catch (error) {
            this.el.prepend(failed(error));
        }
    }

    history(a) {
        return h('ol', {class: 'history'}, (a.history ?? []).map(c => h('li', {},
            h('time', {datetime: c.at}, moment(c.at)), ' ', h('strong', {}, either('change.' + c.change, foreign(c.change))),
            c.author ? [' · ', foreign(c.author), c.assignee ? [' → ', foreign(c.assignee)] : '',
                c.verdict ? ` · ${either('verdict.' + c.verdict, '')}` : '', c.text ? h('p', {class: 'remark'}, foreign(c.text, 2000)) : ''] : '',
            c.revision ? ` · ${t('revision', {n: number(c.revision)})}` : '',
            c.late_by_ms ? h('span', {class: 'late'}, ` · ${t('lateBy', {span: span(c.late_by_ms)})}`) : '',
            c.start && h('span', {class: 'dim'}, ` · ${brief(c.start)} – ${c.end ? brief(c.end) : t('goesOn')}`,
                c.peak === undefined ? '' : ` · ${t('peak')} ${number(c.peak)}`))));
    }
}
