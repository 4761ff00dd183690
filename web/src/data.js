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

const KEY = 'vigie-token', KEPT_MOST = 16;
const header = (answer, name) => answer.headers.get(name);

export class Api {
    /* Of what is real, or of the exercise that is on. */
    constructor(token, {plays = false, me = null, onRefused, onOver} = {}) {
        Object.assign(this, {token, plays, me, onRefused, onOver});
        this.answers = new Map();
    }

    /* What the token may do; an exercise is only read. */
    get mayWrite() { return !this.plays && this.me !== null && this.me.role !== 'reader' && (this.me.scopes?.includes('write:alerts') ?? true); }

    path(path) { return this.plays ? '/exercise' + path : path; }

    /* Who asks, once and for all. */
    async introduce() { this.me = await this.maybe('/v1/me').then(answer => answer?.body ?? null); }

    /* {body, asOf, completeTo, stale}; throws Refused, or TypeError when the
     * server is away. With `keep` the last answer stays, and the server says
     * 304 while it is still the right one. */
    async get(path, {keep, ...options} = {}) {
        const old = keep && this.answers.get(path);
        const answer = await fetch(this.path(path), {...options, cache: 'no-store', credentials: 'omit',
            headers: {Authorization: 'Bearer ' + this.token, ...(old && {'If-None-Match': old.tag}), ...options.headers},
            signal: options.signal ?? AbortSignal.timeout(8000)});
        const fresh = {asOf: header(answer, 'Vigie-As-Of'), completeTo: header(answer, 'Vigie-Complete-To'),
            stale: header(answer, 'Vigie-Stale') === 'true'};
        if (answer.status === 304 && old) return {body: old.body, ...fresh};
        const type = header(answer, 'Content-Type') ?? '', tag = header(answer, 'ETag');
        const body = type.includes('json') ? await answer.json() : await answer.text();
        if (answer.status === 401) this.onRefused?.();
        if (this.plays && answer.status === 404 && body?.type?.endsWith('no-exercise')) this.onOver?.();
        if (!answer.ok) throw new Refused(answer.status, body);
        if (keep) {
            if (this.answers.size > KEPT_MOST) this.answers.clear();
            if (tag) this.answers.set(path, {tag, body});
        }
        return {body, ...fresh};
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

    /* A repeat of the same `key` is the same action, however often it is sent. */
    async post(path, body, key) {
        return this.get(path, {method: 'POST', body: JSON.stringify(body),
            headers: {'Content-Type': 'application/json', 'Idempotency-Key': key}});
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

export const SPANS = ['15m', '1h', '6h', '24h', '7d'];
const STEPS = {'10s': 10, '1m': 60, '1h': 3600, '1d': 86400}, ROWS = 8, ALERTS = 60;
const STREAM_AGAIN_MS = 2000, STREAM_QUIET_MS = 40000, LINE_MOST = 1 << 20, NUDGE_MS = 300, FLOOD_MS = 1200;
const POLL_MS = {alone: 1000, told: 2500, hidden: 10000};

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

const ranked = (rows, field) => rows.map(r => ({name: r[field], now: r.value, before: r.before}));

/* Calls `onEvent(name, data)` for each event of the server's stream, for as long
 * as it lasts, and `onEvent('open')` first; comes back after the last one heard. */
class Stream {
    constructor(api, onEvent) {
        this.api = api;
        this.onEvent = onEvent;
        this.isOpen = false;
    }

    /* An exercise has no stream: it is asked. */
    start() { this.stopped = this.api.plays; if (!this.stopped) this.run(); }

    stop() { this.stopped = true; clearTimeout(this.timer); this.abort?.abort(); }

    async run() {
        this.abort = new AbortController();
        try {
            const answer = await fetch('/v1/stream?counters=1m', {signal: this.abort.signal, cache: 'no-store', credentials: 'omit',
                headers: {Authorization: 'Bearer ' + this.api.token, ...(this.last && {'Last-Event-ID': this.last})}});
            if (!answer.ok || !answer.body) throw new Refused(answer.status);
            this.isOpen = true;
            this.onEvent('open');
            await this.read(answer.body.pipeThrough(new TextDecoderStream()).getReader());
        } catch { /* the picture is asked for more often meanwhile */ }
        this.isOpen = false;
        clearTimeout(this.quiet);
        if (!this.stopped) this.timer = setTimeout(() => this.run(), STREAM_AGAIN_MS);
    }

    async read(reader) {
        let text = '', name = '';
        for (;;) {
            // A connection that is dead and does not know it says nothing at all.
            clearTimeout(this.quiet);
            this.quiet = setTimeout(() => this.abort.abort(), STREAM_QUIET_MS);
            const {value, done} = await reader.read();
            if (done) return;
            const lines = (text + value).split('\n');
            text = lines.pop().slice(-LINE_MOST);
            for (const line of lines) {
                if (line.startsWith('id: ')) this.last = line.slice(4);
                else if (line.startsWith('event: ')) name = line.slice(7);
                else if (line.startsWith('data: ') && name) { this.onEvent(name, line.slice(6)); name = ''; }
            }
        }
    }
}

/* One picture of now; onChange(state) after each try. `state.link` is
 * 'loading', 'live', 'stale' or 'away'; what was there stays when it is away. */
export class Wall {
    constructor(api, onChange) {
        this.api = api;
        this.onChange = onChange;
        this.span = '1h';
        this.state = {link: 'loading'};
        this.stream = new Stream(api, (name, data) => this.hear(name, data));
        this.wait = POLL_MS.alone;
        this.gap = NUDGE_MS;
    }

    start() { this.stopped = false; this.stream.start(); this.again(0); }

    stop() { this.stopped = true; clearTimeout(this.timer); this.stream.stop(); }

    /* A stream tells of an exercise when one is on, and when it is over; all
     * else that it tells is a reason to look. */
    hear(name, data) {
        if (name === 'exercise' || name === 'open') this.onExercise?.(name === 'open' ? {on: false} : JSON.parse(data));
        else this.nudge();
    }

    /* Something has changed: look soon, but not for each event of a flood. */
    nudge() {
        if (this.isReading) this.isNudged = true;
        else if (!document.hidden) this.again(Math.max(0, (this.readAt ?? 0) + this.gap - Date.now()));
    }

    /* The first event is seen at once; of a flood that goes on, a picture a
     * second is enough, and leaves the browser time to move. */
    pace() {
        const isFlood = this.readAt && Date.now() - this.readAt < 2 * this.gap;
        this.gap = isFlood ? Math.min(FLOOD_MS, this.gap * 1.4) : NUDGE_MS;
    }

    setSpan(span) { this.span = span; this.again(0); }

    again(ms) {
        if (this.stopped) return;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.tick(), ms);
    }

    async tick() {
        const turn = this.turn = {};
        this.pace();
        this.readAt = Date.now();
        this.isReading = true;
        this.isNudged = false;
        try {
            const next = await this.read();
            if (this.stopped || turn !== this.turn) return;
            this.wait = POLL_MS.alone;
            this.state = {...next, link: next.stale ? 'stale' : 'live', readAt: Date.now()};
        } catch (error) {
            if (this.stopped || turn !== this.turn) return;
            if (error instanceof Refused && error.status === 401) return;
            this.state = {...this.state, link: 'away', error: error.message,
                awaySince: this.state.awaySince ?? Date.now()};
            this.wait = Math.min(5000, this.wait * 1.5);
        }
        this.isReading = false;
        this.onChange(this.state);
        this.again(this.isNudged ? this.gap : document.hidden ? POLL_MS.hidden : this.stream.isOpen && this.state.link === 'live' ? POLL_MS.told : this.wait);
    }

    /* The wall's own answer, and the alerts with what they are made of. */
    async read() {
        const [{body, ...fresh}, alerts] = await Promise.all([
            this.api.get(`/v1/wall?window=${this.span}&n=${ROWS}`, {keep: true}),
            this.api.get(`/v1/alerts?limit=${ALERTS}`, {keep: true})]);
        const known = body.series.some(s => s.values.some(v => v !== null));
        const from = Date.parse(body.from) / 1000, step = STEPS[body.step];
        return {
            span: this.span, ...fresh, markings: [body.marking, alerts.body.marking], step,
            times: (body.series[0]?.values ?? []).map((_, i) => from + i * step), series: body.series,
            total: known ? body.total.value : null, totalBefore: body.total.before,
            arcs: body.arcs.map(r => ({from: r.source_country, to: r.country, n: r.value})),
            actors: ranked(body.actors, 'actor'), techniques: ranked(body.techniques, 'technique'),
            alerts: alerts.body.alerts, partners: body.partners, viewer: this.api.me?.viewer ?? ''};
    }
}

const RANK = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'];
export const strictest = markings => markings.filter(Boolean).sort((a, b) => RANK.indexOf(b) - RANK.indexOf(a))[0] ?? null;
