/* explore - any question to the counters; the URL is the state. */
import {Chart} from '../chart.js';
import {query} from '../data.js';
import {foreign, h, plain, save} from '../dom.js';
import {brief, country, moment, number, share, short, t} from '../i18n.js';
import {copyable, failed, panel, table} from './parts.js';

const BY = ['', 'country', 'source_country', 'partner', 'sensor', 'actor', 'technique', 'category', 'sector', 'severity',
    'actor,country', 'source_country,country', 'technique,country'];
const FIELDS = ['country', 'source_country', 'partner', 'sensor', 'actor', 'technique', 'category', 'sector', 'severity'];
const H = 3600000;
const RANGES = {'1h': H, '6h': 6 * H, '24h': 24 * H, '7d': 168 * H, '30d': 720 * H, '90d': 2160 * H};
const VIEWS = ['chart', 'table', 'matrix'];
const STEP_MS = {auto: 0, '10s': 10000, '1m': 60000, '1h': H, '1d': 24 * H};
const ROWS_DRAWN = 16, ROWS_MOST = 200;

const named = (field, value) => value === '~other' ? t('other') : /country$/.test(field) ? country(value) : value;

export class ExplorePage {
    constructor(api, _, {params}) {
        this.api = api;
        const one = (name, allowed, otherwise) => allowed.includes(params.get(name)) ? params.get(name) : otherwise;
        this.q = {measure: one('measure', ['events', 'reports'], 'events'), by: one('by', BY, 'country'),
            range: one('range', [...Object.keys(RANGES), 'fixed'], '24h'), from: params.get('from') ?? '', to: params.get('to') ?? '',
            step: one('step', Object.keys(STEP_MS), 'auto'), view: one('view', VIEWS, 'chart'), where: params.getAll('where').filter(w => FIELDS.includes(w.split(':')[0])).slice(0, 4)};
        this.out = h('div', {class: 'out', 'aria-live': 'polite', 'aria-busy': 'true'}, h('p', {class: 'empty'}, t('loading')));
        this.el = h('div', {class: 'page explore'}, h('h1', {}, t('page.explore')), this.controls(), this.out);
        this.load();
    }

    stop() { this.stopped = true; this.chart?.stop(); }

    update() {}

    /* A new place: the browser's way back is the way back here. */
    go(change) {
        const q = {...this.q, ...change};
        location.hash = '#/explore?' + query([['measure', q.measure], ['by', q.by], ['range', q.range], ...(q.step === 'auto' ? [] : [['step', q.step]]),
            ...(q.range === 'fixed' ? [['from', q.from], ['to', q.to]] : []), ['view', q.view], ...q.where.map(w => ['where', w])]);
    }

    controls() {
        const choose = (name, label, options) => h('label', {}, t(label), h('select', {'data-key': name, onchange: e => {
            if (name === 'range' && e.target.value === 'fixed') {
                const [from, to] = this.range();
                this.go({range: 'fixed', from: new Date(from).toISOString(), to: new Date(to).toISOString()});
            } else { this.go({[name]: e.target.value}); }
        }}, options.map(([value, text]) => h('option', {value, selected: value === this.q[name]}, text))));
        const words = by => by ? by.split(',').map(f => t('field.' + f)).join(' × ') : t('total');
        const field = h('select', {'aria-label': t('field'), 'data-key': 'field'}, FIELDS.map(f => h('option', {value: f}, t('field.' + f))));
        const value = h('input', {'aria-label': t('value'), 'data-key': 'value', size: 12, dir: 'auto'});
        const time = name => h('label', {}, t(name), h('input', {type: 'text', value: this.q[name], size: 24, dir: 'ltr', 'data-key': name,
            onchange: e => Number.isNaN(Date.parse(e.target.value)) || this.go({[name]: new Date(e.target.value).toISOString()})}));
        return h('div', {class: 'controls'},
            choose('measure', 'measure', [['events', t('events')], ['reports', t('reports')]]),
            choose('by', 'splitBy', BY.map(b => [b, words(b)])),
            choose('range', 'range', [...Object.keys(RANGES).map(r => [r, t('span.' + r)]), ['fixed', t('fixed')]]),
            choose('step', 'step', Object.keys(STEP_MS).map(s => [s, s === 'auto' ? t('auto') : s])),
            this.q.range === 'fixed' ? [time('from'), time('to')] : '',
            h('form', {class: 'filter', onsubmit: e => {
                e.preventDefault();
                const rest = this.q.where.filter(w => w.split(':')[0] !== field.value);
                if (value.value.trim()) this.go({where: [...rest, `${field.value}:${value.value.trim()}`]});
            }}, h('span', {class: 'label'}, t('filter')), h('div', {class: 'row'}, field, value, h('button', {class: 'quiet'}, t('add')))),
            h('ul', {class: 'filters', 'aria-label': t('filter')}, this.q.where.map(w => h('li', {}, foreign(w),
                h('button', {class: 'quiet', 'aria-label': t('remove', {what: w}), onclick: () => this.go({where: this.q.where.filter(o => o !== w)})}, '×')))),
            h('div', {class: 'views', role: 'group', 'aria-label': t('view')}, VIEWS.map(v => h('button', {class: 'quiet', 'data-key': 'view-' + v,
                'aria-pressed': String(v === this.q.view), disabled: v === 'matrix' && !this.q.by.includes(','), onclick: () => this.go({view: v})}, t('view.' + v)))));
    }

    range() {
        if (this.q.range === 'fixed') {
            const from = Date.parse(this.q.from), to = Date.parse(this.q.to);
            if (from < to) return [from, to];
        }
        const ms = RANGES[this.q.range] ?? RANGES['24h'], grid = ms > 48 * H ? H : 60000;
        const to = Math.ceil(Date.now() / grid) * grid;
        return [to - ms, to];
    }

    /* Fine enough to see, coarse enough to read. */
    step(ms) {
        return this.q.step !== 'auto' ? this.q.step : ms <= 6 * H ? '1m' : ms <= 31 * 24 * H ? '1h' : '1d';
    }

    async load() {
        const [from, to] = this.range(), isMatrix = this.q.view === 'matrix' && this.q.by.includes(',');
        const common = [['measure', this.q.measure], ['by', this.q.by], ['from', new Date(from).toISOString()], ['to', new Date(to).toISOString()],
            ...this.q.where.map(w => ['where', w])];
        this.path = isMatrix ? '/v1/top?' + query([...common, ['n', 1000]]) : '/v1/series?' + query([...common, ['step', this.step(to - from)]]);
        try {
            const {body} = await this.api.get(this.path);
            if (this.stopped) return;
            this.out.removeAttribute('aria-busy');
            const view = isMatrix ? this.matrix(body) : this.q.view === 'table' ? this.list(body) : this.draw(body);
            this.out.replaceChildren(
                h('p', {class: 'dim range'}, `${moment(body.from)} – ${moment(body.to)}`,
                    body.step ? ` · ${t('step')} ${body.step}` : '', body.marking ? ` · TLP:${body.marking}` : '',
                    body.folded ? ` · ${t('folded', {who: body.folded.join(', ')})}` : ''),
                view, panel(t('query'), h('div', {class: 'queries'},
                    h('h3', {}, 'HTTP'), copyable(`curl -H "Authorization: Bearer $TOKEN" '${location.origin}${this.api.path(this.path)}'`, 'HTTP'),
                    h('h3', {}, 'PromQL'), copyable(this.promql(body), 'PromQL'), this.grafana(body),
                    h('button', {onclick: () => this.save().catch(error => this.out.append(failed(error)))}, t('csv')))));
            this.chart?.show(this.times, this.rows);
        } catch (error) {
            if (this.stopped) return;
            this.out.removeAttribute('aria-busy');
            this.out.replaceChildren(failed(error), error.problem?.aggregates
                ? h('p', {class: 'dim'}, t('possible'), ' ', error.problem.aggregates.map(String).join(' · ')) : '');
        }
    }

    label(key) { return this.q.by ? this.q.by.split(',').map(f => named(f, key[f] ?? '')).join(' · ') : t('total'); }

    sums(body) {
        return body.series.map(s => ({key: s.key, text: this.label(s.key), values: s.values,
            sum: s.values.every(v => v === null) ? null : s.values.reduce((a, b) => a + (b ?? 0), 0)})).sort((a, b) => (b.sum ?? -1) - (a.sum ?? -1));
    }

    draw(body) {
        const rows = this.sums(body);
        if (!rows.length) return h('p', {class: 'empty'}, t('none'));
        this.chart ??= new Chart(t('page.explore'));
        this.times = body.times.map(x => Date.parse(x) / 1000);
        this.rows = rows.slice(0, ROWS_DRAWN).map(r => ({name: r.text, text: r.text, values: r.values}));
        return h('div', {class: 'panel bigchart'}, this.chart.el,
            rows.length > ROWS_DRAWN ? h('p', {class: 'dim'}, t('more', {n: number(rows.length - ROWS_DRAWN)})) : '');
    }

    list(body) {
        const rows = this.sums(body), all = rows.reduce((a, r) => a + (r.sum ?? 0), 0);
        const fields = this.q.by ? this.q.by.split(',') : [''];
        return h('div', {class: 'panel'}, table(t('page.explore'),
            [...fields.map(f => f ? t('field.' + f) : t('total')), {n: t(this.q.measure)}, {n: t('share')}, t('peak')],
            rows.slice(0, ROWS_MOST).map(r => {
                const peak = Math.max(...r.values.map(v => v ?? 0)), at = r.values.indexOf(peak);
                return [...fields.map(f => f ? foreign(named(f, r.key[f] ?? '')) : t('total')),
                    r.sum === null ? t('noData') : number(r.sum), all && r.sum !== null ? share(r.sum / all) : '–',
                    peak ? `${number(peak)}, ${brief(body.times[at])}` : '–'];
            })));
    }

    matrix(body) {
        const [rowField, columnField] = this.q.by.split(',');
        const sum = (of, field) => { const m = new Map(); for (const r of of) m.set(r.key[field], (m.get(r.key[field]) ?? 0) + r.value); return [...m].sort((a, b) => b[1] - a[1]); };
        const rows = sum(body.rows, rowField).slice(0, 40), columns = sum(body.rows, columnField).slice(0, 20);
        const at = new Map(body.rows.map(r => [JSON.stringify([r.key[rowField], r.key[columnField]]), r.value]));
        const most = Math.max(1, ...body.rows.map(r => r.value));
        if (!rows.length) return h('p', {class: 'empty'}, t('none'));
        const shade = v => v ? Math.sqrt(v / most) : 0;
        return h('div', {class: 'panel'}, h('div', {class: 'matrix'}, table(`${t('field.' + rowField)} × ${t('field.' + columnField)}`,
            [t('field.' + rowField), ...columns.map(([c]) => ({n: h('abbr', {title: plain(named(columnField, c))}, plain(c, 12))})), {n: t('total')}],
            rows.map(([r, total]) => [foreign(named(rowField, r)), ...columns.map(([c]) => {
                const v = at.get(JSON.stringify([r, c])) ?? 0;
                return h('span', {class: 'heat' + (shade(v) > 0.55 ? ' hot' : ''), style: {'--heat': shade(v)}}, v ? short(v) : '·');
            }), number(total)]))));
    }

    /* The same question to the Prometheus-compatible routes. */
    promql(body) {
        const labels = this.q.where.map(w => { const [f, ...v] = w.split(':'); return `${f}=${JSON.stringify(v.join(':'))}`; });
        const step = body.step ?? '1h', by = this.q.by ? ` by (${this.q.by.replace(',', ', ')})` : '';
        return `sum${by} (increase(vigie_${this.q.measure}_total{${labels.join(',')}}[${step}]))`;
    }

    /* The same in Grafana's Explore, where the operator has named one. Only an
     * address of the web is ever a link. */
    grafana(body) {
        const {url, source} = this.api.me?.grafana ?? {};
        if (this.api.plays || !/^https?:\/\//.test(url ?? '')) return '';
        const panes = {v: {datasource: source, queries: [{refId: 'A', datasource: {type: 'prometheus', uid: source}, expr: this.promql(body)}],
            range: {from: String(Date.parse(body.from)), to: String(Date.parse(body.to))}}};
        return h('p', {}, h('a', {class: 'grafana', rel: 'noopener noreferrer', target: '_blank',
            href: `${url.replace(/\/$/, '')}/explore?${query([['schemaVersion', 1], ['panes', JSON.stringify(panes)], ['orgId', 1]])}`}, t('grafana')));
    }

    /* The same question, asked again as a table: the server knows how to write
     * one that a spreadsheet does not run. */
    async save() {
        const {body} = await this.api.get(this.path, {headers: {Accept: 'text/csv'}});
        save(`vigie-${this.q.by.replace(',', '-') || 'total'}.csv`, 'text/csv', body);
    }
}
