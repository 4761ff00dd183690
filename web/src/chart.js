/* chart - lines over time (uPlot). Gaps are gaps: no data is not 0. */
import uPlot from 'uplot';
import {h, plain} from './dom.js';
import {clock, day, minute, number, short, t} from './i18n.js';

const hue = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
export const hues = () => Array.from({length: 8}, (_, i) => hue('line' + (i + 1)));
const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3]];

/* A name's place among all that are shown, whichever is largest now: a country has
 * one colour on the wall and in Explore. */
const places = rows => new Map(rows.map(r => r.name).sort().map((name, i) => [name, i]));

/* The colours repeat after eight, with dashes: no two of the first 32 alike. */
const style = i => ({stroke: hues()[i % 8], dash: DASHES[Math.floor(i / 8) % 4]});

export class Chart {
    /* `label` says what is drawn, for who hears the page. */
    constructor(label) {
        this.label = label;
        this.box = h('div', {class: 'plot', dir: 'ltr'});
        this.legend = h('ul', {class: 'legend'});
        this.el = h('div', {class: 'chart', role: 'group', 'aria-label': label}, this.box, this.legend);
        this.observer = new ResizeObserver(() => this.resize());
        this.observer.observe(this.box);
    }

    stop() { this.observer.disconnect(); this.plot?.destroy(); }

    resize() {
        const {width, height} = this.box.getBoundingClientRect();
        if (this.plot && width > 10 && height > 10) this.plot.setSize({width, height});
    }

    /* times: seconds; rows: [{name, text, values}] */
    show(times, rows) {
        const key = JSON.stringify([rows.map(r => r.name), document.documentElement.lang, document.documentElement.dataset.theme,
            times.length && times.at(-1) - times[0]]);
        const data = [times, ...rows.map(r => r.values)], drawn = JSON.stringify(data);
        if (key !== this.key) {
            this.plot?.destroy();
            this.plot = this.make(data, rows);
            this.key = key;
        } else if (drawn !== this.drawn) {
            this.plot.setData(data);
        }
        this.drawn = drawn;
        this.name(rows);
    }

    make(data, rows) {
        const {width, height} = this.box.getBoundingClientRect();
        const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
        const font = `${0.75 * rem}px system-ui, sans-serif`;
        const axis = {stroke: hue('dim'), font, grid: {stroke: hue('grid'), width: 1}, ticks: {stroke: hue('grid'), width: 1}};
        const place = places(rows);
        const wide = data[0].length && data[0].at(-1) - data[0][0] > 2 * 86400;
        return new uPlot({
            width: Math.max(width, 100), height: Math.max(height, 60), legend: {show: false}, padding: [8, 1.3 * rem, 0, 0],
            cursor: {points: {size: 6}, drag: {x: false, y: false}},
            scales: {y: {range: (_, low, high) => [0, Math.max(1, high ?? 1) * 1.08]}},
            axes: [{...axis, size: 1.9 * rem, space: 5.500 * rem, values: (_, splits) => splits.map(s => wide ? day(s * 1000) : minute(s * 1000))},
                {...axis, size: 3.2 * rem, space: 2 * rem, values: (_, splits) => splits.map(v => Number.isInteger(v) ? short(v) : '')}],
            series: [{}, ...rows.map(r => ({label: plain(r.text), ...style(place.get(r.name)), width: Math.max(1.5, rem * 0.11),
                points: {show: data[0].length < 3}, spanGaps: false}))],
            hooks: {setCursor: [u => this.hover(u.cursor.idx)]},
        }, data, this.box);
    }

    hover(index) {
        this.at = index;
        if (this.rows) this.name(this.rows);
    }

    /* The names, with the value under the cursor or the sum of all. */
    name(rows) {
        this.rows = rows;
        const i = this.at, time = i !== null && i !== undefined ? this.plot?.data[0][i] : null;
        const text = r => time ? r.values[i] === null ? t('noData') : number(r.values[i])
            : r.values.every(v => v === null) ? t('noData') : short(r.values.reduce((a, b) => a + (b ?? 0), 0));
        const signature = JSON.stringify([time, rows.map(r => [r.name, text(r)]), document.documentElement.dataset.theme]);
        if (signature === this.named) return;
        this.named = signature;
        const place = places(rows);
        this.legend.replaceChildren(...rows.map(r => h('li', {},
            h('span', {class: 'swatch', style: {'--hue': style(place.get(r.name)).stroke}, 'data-dash': Math.floor(place.get(r.name) / 8)}),
            h('bdi', {}, plain(r.text, 30)), ' ', h('span', {class: 'value'}, text(r)))),
        time ? h('li', {class: 'when'}, clock(time * 1000)) : '');
    }
}
