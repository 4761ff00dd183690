/* parts - pieces that several pages show. */
import {foreign, h, icon, shown} from '../dom.js';
import {brief, clock, country, decimal, moment, number, percent, short, span, t} from '../i18n.js';

export const panel = (title, body, extra) =>
    h('section', {class: 'panel'}, h('div', {class: 'head'}, h('h2', {}, title), extra ?? ''), body);

export const severity = n => h('span', {class: 'severity', 'data-level': n >= 8 ? 'high' : n >= 5 ? 'middle' : 'low',
    title: `${t('severity')} ${n}`}, h('span', {class: 'unseen'}, t('severity') + ' '), number(n));

export const state = name => h('span', {class: 'state', 'data-state': name}, t('state.' + name));

export const partnerState = name => h('span', {class: 'health', 'data-state': name}, icon(name), t('state.' + name));

export const group = alert => Object.entries(alert.group ?? {}).map(([field, value], n) =>
    [n ? ', ' : '', foreign(shown(field, Array.isArray(value) ? value.join(' ') : String(value)))]);

/* MA > IL > AE, in the order of spread; arrows follow the reading direction. */
export const path = alert => h('ol', {class: 'path', 'aria-label': t('inOrder')}, (alert.campaign?.countries ?? []).map(s =>
    h('li', {title: `${country(s.country)} ${moment(s.at)}`}, h('abbr', {title: country(s.country)}, s.country))));

export const stage = alert => alert.campaign
    ? h('span', {class: 'stage', 'data-stage': alert.campaign.stage}, t('stage.' + alert.campaign.stage)) : '';

export const pace = alert => {
    const {velocity, countries = []} = alert.campaign ?? {}, ms = countries.at(-1)?.after_ms;
    if (velocity === null || velocity === undefined) return '';
    return h('span', {class: 'pace'}, ms < 120000 ? t('inSpan', {n: number(countries.length), span: span(ms)})
        : t('perHour', {n: decimal(velocity)}));
};

export function campaign(alert) {
    return h('a', {class: 'campaign', href: '#/campaign/' + encodeURIComponent(alert.id), 'data-key': alert.id, 'data-state': alert.state},
        severity(alert.severity),
        h('span', {class: 'what'}, h('span', {class: 'group', dir: 'auto'}, group(alert)), h('span', {class: 'title', dir: 'auto'}, foreign(alert.title, 90))),
        stage(alert),
        h('span', {class: 'foot'}, path(alert), h('span', {class: 'meta'}, alert.people?.acknowledged ? h('span', {class: 'right'}, '✓ ', t('change.acknowledged')) : '', pace(alert), ' ', h('time', {datetime: alert.start, title: moment(alert.start)}, brief(alert.start)))));
}

/* How `now` stands against `before`: word and shape, not colour alone. */
export function change(now, before) {
    if (before === null || before === undefined || now === null) return h('span', {class: 'change none'}, t('noData'));
    if (before === 0) return h('span', {class: 'change ' + (now ? 'fresh' : 'flat')}, icon(now ? 'fresh' : 'flat'), now ? t('new') : percent(0));
    const x = now / before - 1, way = Math.abs(x) < 0.005 ? 'flat' : x > 0 ? 'up' : 'down';
    const text = x > 9.99 ? `×${number(Math.round(now / before))}` : percent(x);
    return h('span', {class: 'change ' + way, title: `${number(before)} → ${number(now)}`}, icon(way), text);
}

export function tops(rows, name) {
    if (!rows.length) return h('p', {class: 'empty'}, t('none'));
    const most = Math.max(...rows.map(r => r.now), 1);
    return h('ol', {class: 'tops'}, rows.map(r => h('li', {},
        h('span', {class: 'bar', style: {'--share': r.now / most}}),
        h('span', {class: 'name'}, name(r.name)), h('span', {class: 'n'}, short(r.now)), change(r.now, r.before))));
}

export const happened = e => h('li', {'data-kind': e.kind},
    h('time', {datetime: e.at}, Date.now() - new Date(e.at) < 64800000 ? clock(e.at) : brief(e.at)), ' ',
    h('span', {}, e.alert && e.kind !== 'silent'
        ? [t('event.' + e.kind, {n: number(e.n), country: e.country ? country(e.country) : ''}), ' ',
            e.kind === 'sensor' ? foreign(e.alert.group?.sensor)
                : h('a', {href: '#/campaign/' + encodeURIComponent(e.alert.id), 'data-key': `${e.kind}${e.country}${e.alert.id}`}, group(e.alert))]
        : [t('event.silent'), ' ', foreign(e.partner ?? e.alert?.group?.partner)]));

export const failed = error => h('p', {class: 'empty failed', role: 'alert'}, error.status ? error.message : t('noServer'));

export function copyable(text, label) {
    const said = h('span', {role: 'status', class: 'unseen'});
    const button = h('button', {class: 'quiet', onclick: async () => {
        try {
            await navigator.clipboard.writeText(text);
        } catch {
            const range = document.createRange();  // no clipboard without TLS: mark it to be copied
            range.selectNodeContents(code);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
        }
        said.textContent = t('copied');
        button.dataset.done = '1';
    }}, t('copy'));
    const code = h('code', {dir: 'ltr', tabindex: '0', 'aria-label': label}, text);
    return h('div', {class: 'copyable'}, code, button, said);
}

export const table = (caption, heads, rows) => h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption},
    h('table', {}, h('caption', {class: 'unseen'}, caption),
        h('thead', {}, h('tr', {}, heads.map(x => h('th', {scope: 'col', class: x?.n ? 'n' : null}, x?.n ?? x)))),
        h('tbody', {}, rows.map(r => h('tr', {}, r.map((c, i) => i ? h('td', {class: heads[i]?.n ? 'n' : null}, c) : h('th', {scope: 'row'}, c)))))));
