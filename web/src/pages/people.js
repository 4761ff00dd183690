/* people - what people said of an alert, and the form to say something. */
import {foreign, h, swap} from '../dom.js';
import {either, language, moment, t} from '../i18n.js';
import {failed} from './parts.js';

const ACTIONS = ['acknowledge', 'assign', 'comment', 'verdict', 'close', 'silence'];
const VERDICTS = ['true', 'false', 'known'];
const HOURS = {'1h': 1, '6h': 6, '24h': 24, '7d': 168};

/* The last word of each kind. */
export function said(alert) {
    const all = Object.values(alert.people ?? {}).filter(w => w && w.change).sort((a, b) => a.n - b.n);
    if (!all.length) return h('p', {class: 'empty'}, t('nobody'));
    return h('ul', {class: 'said-list'}, all.map(w => h('li', {}, h('strong', {}, either('change.' + w.change, foreign(w.change))),
        w.verdict ? ` · ${either('verdict.' + w.verdict, '')}` : '', w.assignee ? [' → ', foreign(w.assignee)] : '',
        h('span', {class: 'dim'}, ' · ', foreign(w.author), ` · ${moment(w.at)}`), w.text ? h('p', {class: 'remark'}, foreign(w.text, 2000)) : '')));
}

/* Whether a silence's pattern is of this alert: each of its fields fits. */
const fits = (pattern, text) => {
    const parts = String(pattern).split('*').map(p => p.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 'su').test(text ?? '');
};
const isOf = (silence, alert) => Object.entries(silence.match ?? {}).every(([field, pattern]) =>
    fits(pattern, field === 'rule' ? alert.rule : alert.group?.[field]));

/* The silences in force for one alert, each to be ended by who may. */
export class SilenceList {
    constructor(api) {
        this.api = api;
        this.el = h('div', {class: 'silences', hidden: true});
    }

    async about(alert) {
        this.alert = alert;
        const answer = await this.api.maybe('/v1/silences').catch(() => null);
        const active = (answer?.body?.silences ?? []).filter(s => s.state === 'active' && isOf(s, alert));
        this.el.hidden = !active.length;
        swap(this.el, [active, this.api.mayWrite, language()], () => [h('h3', {}, t('silences')), h('ul', {class: 'said-list'}, active.map(s => h('li', {'data-silence': s.id},
            h('strong', {}, `${t('until')} ${moment(s.to)}`), h('span', {class: 'dim'}, ' · ', foreign(s.author ?? '')),
            this.api.mayWrite ? h('button', {class: 'quiet', 'data-key': 'end-' + s.id, onclick: e => this.end(s, e.target)}, t('endSilence')) : '',
            s.reason ? h('p', {class: 'remark'}, foreign(s.reason, 2000)) : '')))]);
    }

    async end(silence, button) {
        button.disabled = true;
        try {
            await this.api.get('/v1/silences/' + encodeURIComponent(silence.id), {method: 'DELETE'});
            for (let i = 0; i < 20 && this.el.querySelector(`[data-silence="${CSS.escape(silence.id)}"]`); i++) {
                await this.about(this.alert);
                await new Promise(done => { setTimeout(done, 250); });
            }
        } catch (error) {
            button.disabled = false;
            button.after(failed(error));
        }
    }
}

export class PeopleForm {
    constructor(api, id, onDone) {
        this.api = api;
        this.id = id;
        this.onDone = onDone;
        const option = (value, text) => h('option', {value}, text);
        const labelled = (name, label, input, wide) => h('label', {class: wide ? 'wide' : null, 'data-for': name, hidden: name !== 'action' && name !== 'text'}, label, input);
        this.action = h('select', {'data-key': 'action', onchange: () => this.fit()}, ACTIONS.map(a => option(a, t(a))));
        this.assignee = h('input', {'data-key': 'assignee', maxlength: 64, dir: 'auto'});
        this.verdict = h('select', {'data-key': 'verdict'}, VERDICTS.map(v => option(v, t('verdict.' + v))));
        this.hours = h('select', {'data-key': 'hours'}, Object.keys(HOURS).map(s => option(s, t('span.' + s))));
        this.text = h('input', {'data-key': 'text', maxlength: 1000, dir: 'auto'});
        this.status = h('p', {role: 'status'});
        this.button = h('button', {class: 'main', 'data-key': 'send'}, t('send'));
        this.el = h('form', {class: 'act', onsubmit: e => { e.preventDefault(); this.send(); }},
            labelled('action', t('action'), this.action), labelled('assignee', t('assignee'), this.assignee), labelled('verdict', t('verdict'), this.verdict),
            labelled('silence', t('silenceFor'), this.hours), labelled('text', t('text'), this.text, true), this.button, this.status);
    }

    /* What it is about; a closed alert can be opened again. */
    about(alert) {
        this.alert = alert;
        const closed = (alert.people?.closed?.n ?? 0) > (alert.people?.reopened?.n ?? 0), option = this.action.options[ACTIONS.indexOf('close')];
        option.value = closed ? 'reopen' : 'close';
        option.textContent = t(option.value);
    }

    fit() {
        for (const label of this.el.querySelectorAll('label'))
            label.hidden = !['action', 'text', this.action.value].includes(label.dataset.for) && !(this.action.value === 'assign' && label.dataset.for === 'assignee');
    }

    request() {
        const action = this.action.value, text = this.text.value.trim();
        if (action === 'silence') {
            const match = {rule: this.alert.rule};
            for (const [field, value] of Object.entries(this.alert.group ?? {})) if (typeof value === 'string') match[field] = value;
            return ['/v1/silences', {match, to: new Date(Date.now() + HOURS[this.hours.value] * 3600000).toISOString(), reason: text || t('silence')}];
        }
        return [`/v1/alerts/${encodeURIComponent(this.id)}/actions`, {action, ...(text && {text}),
            ...(action === 'assign' && {assignee: this.assignee.value.trim() || null}), ...(action === 'verdict' && {verdict: this.verdict.value})}];
    }

    /* A request that may have been lost is sent again under the same key. */
    async send() {
        const [path, body] = this.request(), text = JSON.stringify([path, body]);
        if (this.unsure !== text) this.key = crypto.getRandomValues(new Uint32Array(4)).join('-');
        this.unsure = text;
        this.button.disabled = true;
        try {
            await this.api.post(path, body, this.key);
            this.unsure = null;
            this.text.value = '';
            this.status.textContent = t('sent');
            setTimeout(() => this.onDone(), 400);
        } catch (error) {
            this.status.textContent = error.status === 403 ? t('needsAnalyst') : error.status ? error.message : t('noServer');
        }
        this.button.disabled = false;
    }
}
