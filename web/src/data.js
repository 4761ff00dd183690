/* data - the one place that talks to the server.
 *
 * `Api` asks with the token of this tab. `Wall` keeps one picture of now: it
 * says how fresh it is, keeps the last one while the server is away, and goes
 * on by itself when it is back. Pages never see how the picture is fed. */

export class Refused extends Error {
    constructor(status, problem) {
        super(problem?.detail ?? `HTTP ${status}`);
        this.status = status;
        this.problem = problem;
    }
}

const KEY = 'vigie-token';
const header = (answer, name) => answer.headers.get(name);

export class Api {
    constructor(token, onRefused) {
        this.token = token;
        this.onRefused = onRefused;
    }

    /* {body, asOf, completeTo, stale}; throws Refused, or TypeError when the
     * server is away. */
    async get(path, options = {}) {
        const answer = await fetch(path, {...options, cache: 'no-store', credentials: 'omit',
            headers: {Authorization: 'Bearer ' + this.token, ...options.headers},
            signal: options.signal ?? AbortSignal.timeout(8000)});
        const type = header(answer, 'Content-Type') ?? '';
        const body = type.includes('json') ? await answer.json() : await answer.text();
        if (answer.status === 401) this.onRefused?.();
        if (!answer.ok) throw new Refused(answer.status, body);
        return {body, asOf: header(answer, 'Vigie-As-Of'), completeTo: header(answer, 'Vigie-Complete-To'),
            stale: header(answer, 'Vigie-Stale') === 'true'};
    }

    /* The same, or null where this server has no such route. */
    async maybe(path) {
        try {
            return await this.get(path);
        } catch (error) {
            if (error instanceof Refused && [404, 405].includes(error.status)) return null;
            throw error;
        }
    }

    async post(path, body) {
        return this.get(path, {method: 'POST', body: JSON.stringify(body),
            headers: {'Content-Type': 'application/json'}});
    }
}

/* The token lives in memory; in the tab's own store only when asked for. */
export const kept = () => sessionStorage.getItem(KEY);
export const keep = token => sessionStorage.setItem(KEY, token);
export const forget = () => sessionStorage.removeItem(KEY);

export const query = pairs => {
    const q = new URLSearchParams();
    for (const [name, value] of pairs) if (value !== null && value !== undefined && value !== '') q.append(name, value);
    return q.toString();
};

const stamp = ms => new Date(ms).toISOString();
const MINUTE = 60000;
export const SPANS = {'15m': 15 * MINUTE, '1h': 60 * MINUTE, '6h': 360 * MINUTE, '24h': 1440 * MINUTE};

const TELLING = 'sensor-silent';  // of a partner's health, not of a campaign
export const isCampaign = alert => alert.rule !== TELLING;

/* The countries of an alert in the order in which they were reached. */
export function spread(alert) {
    const first = new Map();
    for (const row of alert.first_seen ?? []) {
        if (row.field !== 'country') continue;
        const old = first.get(row.value);
        if (!old) first.set(row.value, {country: row.value, first: row.first, last: row.last, partners: [row.partner]});
        else {
            if (row.first < old.first) old.first = row.first;
            if (row.last > old.last) old.last = row.last;
            if (!old.partners.includes(row.partner)) old.partners.push(row.partner);
        }
    }
    for (const code of alert.countries ?? [])
        if (!first.has(code)) first.set(code, {country: code, first: null, last: null, partners: []});
    return [...first.values()].sort((a, b) => (a.first ?? '~') < (b.first ?? '~') ? -1 : 1);
}

/* New countries an hour, between the first and the latest reached; null when
 * there is nothing to measure. */
export function velocity(alert) {
    const reached = spread(alert).filter(s => s.first);
    if (reached.length < 2) return null;
    const ms = new Date(reached.at(-1).first) - new Date(reached[0].first);
    return ms > 0 ? (reached.length - 1) * 3600000 / ms : null;
}

/* The stage, where the server tells it; else what follows from the state. */
export function stage(alert, now = Date.now()) {
    if (alert.stage) return alert.stage;
    if (alert.state === 'resolved') return 'dormant';
    const reached = spread(alert).filter(s => s.first);
    if (reached.length < 2) return 'emerging';
    return now - new Date(reached.at(-1).first) < (alert.window_ms ?? 3600000) ? 'spreading' : 'sustained';
}

/* What happened, newest first, out of the alerts and the partners. */
export function happenings(alerts, partners) {
    const found = [];
    for (const a of alerts) {
        if (!isCampaign(a)) {
            if (!a.group?.sensor && !a.end) continue;  // the partner's own state tells it
            found.push({at: a.start, kind: a.group?.sensor ? 'sensor' : 'silent', alert: a});
            continue;
        }
        spread(a).forEach((s, n) => s.first && found.push({at: s.first, kind: 'reached', n: n + 1, country: s.country, alert: a}));
        found.push({at: a.start, kind: 'raised', alert: a});
        if (a.state === 'resolved' && a.end) found.push({at: a.end, kind: 'ended', alert: a});
        if (a.revision > 0) found.push({at: a.updated_at, kind: 'revised', alert: a});
    }
    for (const p of partners)
        if (p.state === 'silent' && p.silent_since) found.push({at: p.silent_since, kind: 'silent', partner: p.id});
    return found.sort((a, b) => b.at < a.at ? -1 : b.at > a.at ? 1 : 0).slice(0, 40);
}

const fold = (now, before, field) => {
    const old = new Map(before.map(r => [r.key[field], r.value]));
    return now.map(r => ({name: r.key[field], now: r.value, before: old.get(r.key[field]) ?? 0}));
};

/* One picture of now; onChange(state) after each try. `state.link` is
 * 'loading', 'live', 'stale' or 'away'; what was there stays when it is away. */
export class Wall {
    constructor(api, onChange) {
        this.api = api;
        this.onChange = onChange;
        this.span = '1h';
        this.state = {link: 'loading'};
        this.before = {};
        this.wait = 1000;
    }

    start() { this.stopped = false; this.again(0); }

    stop() { this.stopped = true; clearTimeout(this.timer); }

    setSpan(span) { this.span = span; this.again(0); }

    again(ms) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.tick(), ms);
    }

    async tick() {
        const turn = this.turn = {};
        try {
            const next = await this.read();
            if (this.stopped || turn !== this.turn) return;
            this.wait = 1000;
            this.state = {...next, link: next.stale ? 'stale' : 'live', readAt: Date.now()};
        } catch (error) {
            if (this.stopped || turn !== this.turn) return;
            if (error instanceof Refused && error.status === 401) return;
            this.state = {...this.state, link: 'away', error: error.message,
                awaySince: this.state.awaySince ?? Date.now()};
            this.wait = Math.min(5000, this.wait * 1.5);
        }
        this.onChange(this.state);
        this.again(document.hidden ? 5000 : this.wait);
    }

    async read() {
        const ms = SPANS[this.span], to = Math.ceil((Date.now() + 1) / MINUTE) * MINUTE, from = to - ms;
        const range = [['from', stamp(from)], ['to', stamp(to)]];
        const top = (by, n, when = range) => this.api.get('/v1/top?' + query([['by', by], ['n', n], ...when]));
        const [series, arcs, actors, techniques, alerts, partners, before] = await Promise.all([
            this.api.get('/v1/series?' + query([['by', 'country'], ['step', '1m'], ...range])),
            top('source_country,country', 60), top('actor', 8), top('technique', 8),
            this.api.get('/v1/alerts?limit=60'), this.api.get('/v1/partners'), this.readBefore(from, ms)]);
        const total = series.body.series.reduce((sum, s) => sum + s.values.reduce((a, b) => a + (b ?? 0), 0), 0);
        const known = series.body.series.some(s => s.values.some(v => v !== null));
        return {
            span: this.span, from, to, asOf: series.asOf, completeTo: series.completeTo, stale: series.stale,
            markings: [series, arcs, actors, techniques, alerts].map(a => a.body.marking),
            times: series.body.times.map(time => Date.parse(time) / 1000), series: series.body.series,
            total: known ? total : null, totalBefore: before.total,
            arcs: arcs.body.rows.map(r => ({from: r.key.source_country, to: r.key.country, n: r.value})),
            actors: fold(actors.body.rows, before.actors, 'actor'),
            techniques: fold(techniques.body.rows, before.techniques, 'technique'),
            alerts: alerts.body.alerts, partners: partners.body.partners};
    }

    /* The same span before: asked once a minute, since it moves no faster. */
    async readBefore(from, ms) {
        const key = `${from}/${ms}`;
        if (this.before.key === key) return this.before;
        const range = [['from', stamp(from - ms)], ['to', stamp(from)]];
        const top = (by, n) => this.api.get('/v1/top?' + query([['by', by], ['n', n], ...range]));
        const [actors, techniques, total] = await Promise.all([top('actor', 200), top('technique', 200),
            this.api.get('/v1/series?' + query([...range, ['step', '1m']]))]);
        const values = total.body.series.flatMap(s => s.values);
        this.before = {key, actors: actors.body.rows, techniques: techniques.body.rows,
            total: values.some(v => v !== null) ? values.reduce((a, b) => a + (b ?? 0), 0) : null};
        return this.before;
    }
}

/* Who asks: a partner sees the sensors of itself alone, the joint SOC all. */
export function viewer(partners) {
    const own = partners.filter(p => p.sensors);
    return own.length === 1 && partners.length > 1 ? own[0].id : own.length ? 'coalition' : '';
}

const RANK = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'];
export const strictest = markings => markings.filter(Boolean).sort((a, b) => RANK.indexOf(b) - RANK.indexOf(a))[0] ?? null;
