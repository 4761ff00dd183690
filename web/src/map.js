/* map - the world, arcs from source to victim, the members, on a canvas; above
 * it the pulses that run along an arc when events arrive. The
 * same arcs stand in a table that only readers of the screen's text see. */
/* global MAP_URL */
import {geoEqualEarth, geoPath} from 'd3-geo';
import {feature, mesh} from 'topojson-client';
import {h, plain} from './dom.js';
import {country, number, t} from './i18n.js';

const SEEN = {type: 'MultiPoint', coordinates: [[-126, 36], [150, 36], [-70, -34], [10, 68]]};
const PULSE_MS = 1600, PULSES_MOST = 10, ARCS_NAMED = 40;
const PLACES = Array.from({length: 9}, (_, i) => i / 8);
const calm = matchMedia('(prefers-reduced-motion: reduce)');

let loading;
const world = () => loading ??= fetch(MAP_URL).then(a => {
    if (!a.ok) throw new Error(`map: ${a.status}`);
    return a.json();
}).then(({world: topology, points}) => ({points, lands: feature(topology, topology.objects.countries).features,
    borders: mesh(topology, topology.objects.countries, (a, b) => a !== b)}))
    .catch(error => { loading = null; throw error; });

/* Asked for once a theme: asking makes the browser settle its styles. */
const hues = new Map();
function hue(name) {
    const key = document.documentElement.dataset.theme + name;
    const found = hues.get(key) ?? getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
    if (found) hues.set(key, found);
    return found;
}

/* A bowed line between two points, always bowed to the top of the screen. */
function bow([x0, y0], [x1, y1]) {
    const dx = x1 - x0, dy = y1 - y0, far = Math.hypot(dx, dy) || 1;
    const lift = Math.min(far * 0.28, 130), side = dx >= 0 ? 1 : -1;
    return [[x0, y0], [(x0 + x1) / 2 + side * dy / far * lift * 0.6, (y0 + y1) / 2 - Math.abs(dx) / far * lift - lift * 0.15], [x1, y1]];
}
const on = ([a, c, b], u) => [0, 1].map(i => (1 - u) * (1 - u) * a[i] + 2 * u * (1 - u) * c[i] + u * u * b[i]);

export class WorldMap {
    constructor() {
        this.still = h('canvas', {'aria-hidden': 'true'});
        this.moving = h('div', {'aria-hidden': 'true', class: 'moving'});
        this.tip = h('div', {class: 'tip', hidden: true, 'aria-hidden': 'true'});
        this.table = h('div', {class: 'unseen'});
        this.el = h('div', {class: 'map', dir: 'ltr'}, this.still, this.moving, this.tip, this.table);
        this.fresh = [];  // what is to run once its arc is drawn
        this.known = new Map();
        this.observer = new ResizeObserver(() => this.resize());
        this.observer.observe(this.el);
        this.el.addEventListener('pointermove', e => this.point(e));
        this.el.addEventListener('pointerleave', () => { this.tip.hidden = true; });
        world().then(w => { this.world = w; this.resize(); }).catch(() => {});
    }

    stop() { this.observer.disconnect(); this.moving.replaceChildren(); }

    /* Without the outlines yet (the server was away): asked for again. */
    show(state, member) {
        if (!this.world && !loading) world().then(w => { this.world = w; this.resize(); }).catch(() => {});
        this.state = state;
        this.member = member;
        this.sum(state);
        this.note(state.arcs);
        this.draw();
    }

    sum({series = [], partners = []}) {
        this.victims = new Map(series.map(s => [s.country, s.values.reduce((a, b) => a + (b ?? 0), 0)]));
        this.members = new Map();
        for (const p of partners) if (p.country && p.state !== 'left') this.members.set(p.country, p);
    }

    /* New events on an arc run along it. */
    note(arcs = []) {
        const seen = new Map();
        for (const arc of arcs) {
            const key = arc.from + '>' + arc.to, old = this.known.get(key) ?? (this.known.size ? 0 : arc.n);
            const fresh = Math.min(2, arc.n - old);
            for (let i = 0; i < fresh; i++) this.fresh.push([key, i * 140]);
            seen.set(key, arc.n);
        }
        this.fresh.splice(PULSES_MOST);
        this.known = seen;
        const signature = JSON.stringify([arcs.slice(0, ARCS_NAMED), document.documentElement.lang]);
        if (signature === this.named) return;
        this.named = signature;
        this.table.replaceChildren(h('table', {}, h('caption', {}, t('arcs')),
            h('thead', {}, h('tr', {}, ['source', 'victim', 'events'].map(w => h('th', {scope: 'col'}, t(w))))),
            h('tbody', {}, arcs.slice(0, ARCS_NAMED).map(a => h('tr', {'data-arc': plain(a.from) + '>' + plain(a.to)},
                h('td', {}, country(a.from)), h('td', {}, country(a.to)), h('td', {}, number(a.n)))))));
    }

    resize() {
        const {width, height} = this.el.getBoundingClientRect();
        if (!width || !height || !this.world) return;
        this.w = width;
        this.h = height;
        this.scale = devicePixelRatio || 1;
        this.still.width = Math.round(width * this.scale);
        this.still.height = Math.round(height * this.scale);
        this.moving.replaceChildren();
        this.rem = Math.min(parseFloat(getComputedStyle(document.documentElement).fontSize), width / 34);
        this.projection = geoEqualEarth().rotate([-12, 0]).fitExtent([[8, 8], [width - 8, height - 8]], SEEN)
            .clipExtent([[-2, -2], [width + 2, height + 2]]);
        this.ground = null;
        this.draw();
    }

    at(code) {
        const p = this.world.points[code];
        return p && this.projection(p);
    }

    /* The land alone, drawn once for a size and a theme. */
    land() {
        const key = document.documentElement.dataset.theme + [...this.members.keys()];
        if (this.ground && this.groundKey === key) return this.ground;
        const canvas = document.createElement('canvas');
        canvas.width = this.still.width;
        canvas.height = this.still.height;
        const c = canvas.getContext('2d'), path = geoPath(this.projection, c);
        c.scale(this.scale, this.scale);
        for (const f of this.world.lands) {
            c.beginPath();
            path(f);
            c.fillStyle = hue(this.members.has(f.id) ? 'land-member' : 'land');
            c.fill();
        }
        c.beginPath();
        path(this.world.borders);
        c.strokeStyle = hue('border');
        c.lineWidth = Math.max(0.5, this.rem / 28);
        c.stroke();
        this.groundKey = key;
        return this.ground = canvas;
    }

    draw() {
        if (!this.world || !this.projection || !this.victims) return;
        const c = this.still.getContext('2d');
        c.setTransform(1, 0, 0, 1, 0, 0);
        c.clearRect(0, 0, this.still.width, this.still.height);
        c.drawImage(this.land(), 0, 0);
        c.scale(this.scale, this.scale);
        this.lines = new Map();
        const arcs = this.state.arcs ?? [], most = Math.max(1, ...arcs.map(a => a.n));
        for (const arc of [...arcs].reverse()) this.arc(c, arc, Math.sqrt(arc.n / most));
        this.spots(c);
        this.labels(c);
        for (const [key, delay] of this.fresh.splice(0)) this.pulse(key, delay);
    }

    arc(c, arc, weight) {
        const from = this.at(arc.from), to = this.at(arc.to);
        if (!from || !to || arc.from === arc.to) return;
        const line = bow(from, to), paint = c.createLinearGradient(...from, ...to);
        paint.addColorStop(0, hue('source'));
        paint.addColorStop(1, hue('victim'));
        c.strokeStyle = paint;
        c.globalAlpha = 0.22 + 0.6 * weight;
        c.lineWidth = this.rem * (0.05 + 0.16 * weight);
        c.beginPath();
        c.moveTo(...line[0]);
        c.quadraticCurveTo(...line[1], ...line[2]);
        c.stroke();
        c.globalAlpha = 1;
        this.lines.set(arc.from + '>' + arc.to, line);
        this.dot(c, from, this.rem * 0.16, hue('source'));
    }

    dot(c, [x, y], r, paint) {
        c.beginPath();
        c.arc(x, y, r, 0, 7);
        c.fillStyle = paint;
        c.fill();
    }

    spots(c) {
        const most = Math.max(1, ...this.victims.values());
        for (const [code, n] of this.victims) {
            const p = this.at(code);
            if (!p || !n) continue;
            c.globalAlpha = 0.28;
            this.dot(c, p, this.rem * (0.45 + 1.1 * Math.sqrt(n / most)), hue('victim'));
            c.globalAlpha = 1;
            this.dot(c, p, this.rem * 0.2, hue('victim'));
        }
        for (const code of this.members.keys()) {
            const p = this.at(code);
            if (!p) continue;
            c.beginPath();
            c.arc(...p, this.rem * 0.38, 0, 7);
            c.strokeStyle = hue('member');
            c.lineWidth = this.rem * 0.11;
            c.stroke();
        }
    }

    /* Each member's code where it hides no other: first that fits of eight
     * places around, nearer ones first. */
    labels(c) {
        const taken = [], r = this.rem;
        c.font = `600 ${0.8 * r}px system-ui, sans-serif`;
        c.textBaseline = 'middle';
        const places = [0.7, 1.5, 2.4].flatMap(d => [[d, 0], [-d, 0], [0, -d - 0.3], [0, d + 0.3], [d, -d], [d, d], [-d, -d], [-d, d]]);
        const clash = b => taken.some(o => b.x < o.x + o.w && o.x < b.x + b.w && b.y < o.y + o.h && o.y < b.y + b.h);
        for (const code of this.members.keys()) {
            const p = this.at(code);
            if (p) taken.push({x: p[0] - 0.4 * r, y: p[1] - 0.4 * r, w: 0.8 * r, h: 0.8 * r});
        }
        for (const code of this.members.keys()) {
            const p = this.at(code);
            if (!p) continue;
            const w = c.measureText(code).width + 0.5 * r, height = 1.05 * r;
            const box = ([dx, dy]) => ({x: p[0] + dx * r - (dx < 0 ? w : dx > 0 ? 0 : w / 2), y: p[1] + dy * r - height / 2, w, h: height, dx, dy});
            const b = places.map(box).find(x => !clash(x));
            if (!b) continue;
            taken.push(b);
            c.strokeStyle = hue('member');
            c.lineWidth = r * 0.05;
            c.beginPath();
            c.moveTo(...p);
            c.lineTo(b.dx < 0 ? b.x + b.w : b.dx > 0 ? b.x : p[0], b.y + b.h / 2);
            c.stroke();
            c.fillStyle = hue('panel');
            c.globalAlpha = 0.82;
            c.beginPath();
            c.roundRect(b.x, b.y, b.w, b.h, r * 0.2);
            c.fill();
            c.globalAlpha = 1;
            c.fillStyle = hue('ink');
            c.fillText(code, b.x + 0.25 * r, b.y + b.h / 2 + 0.05 * r);
        }
    }

    /* One small dot, moved by the browser's compositor alone: the page has
     * nothing to do for it while it runs, whatever else arrives. */
    pulse(key, delay) {
        const line = this.lines.get(key);
        if (!line || calm.matches || document.hidden || this.moving.childElementCount >= PULSES_MOST) return;
        const dot = h('i', {}), at = u => on(line, u).map(v => v.toFixed(1) + 'px').join(',');
        this.moving.append(dot);
        dot.animate([...PLACES.map(u => ({offset: 0.8 * u, transform: `translate(${at(Math.pow(u, 1.3))})`, opacity: Math.min(1, 0.3 + 3 * u)})),
            {offset: 1, transform: `translate(${at(1)}) scale(4)`, opacity: 0}], {duration: PULSE_MS, delay, fill: 'backwards'}).onfinish = () => dot.remove();
    }

    point(e) {
        if (!this.victims || !this.projection) return;
        const box = this.el.getBoundingClientRect(), x = e.clientX - box.left, y = e.clientY - box.top;
        let best = null, near = this.rem * 1.2;
        for (const code of new Set([...this.victims.keys(), ...this.members.keys(), ...(this.state.arcs ?? []).map(a => a.from)])) {
            const p = this.at(code), far = p ? Math.hypot(p[0] - x, p[1] - y) : Infinity;
            if (far < near) { near = far; best = code; }
        }
        this.tip.hidden = !best;
        if (!best) return;
        const from = (this.state.arcs ?? []).filter(a => a.from === best).reduce((s, a) => s + a.n, 0);
        const member = this.members.get(best);
        this.tip.replaceChildren(h('strong', {}, country(best)),
            this.victims.has(best) ? h('span', {}, `${t('victim')}: ${number(this.victims.get(best))}`) : '',
            from ? h('span', {}, `${t('source')}: ${number(from)}`) : '',
            member ? h('span', {}, `${member.id}: ${t('state.' + member.state)}`) : '');
        this.tip.style.left = Math.min(x + 12, this.w - 180) + 'px';
        this.tip.style.top = Math.max(4, y - 30) + 'px';
    }
}
