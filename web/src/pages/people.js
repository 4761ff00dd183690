/* people - what people said of an alert, and the form to say something. */
import {foreign, h} from '../dom.js';
import {either, moment, t} from '../i18n.js';

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
        this.el = h('form', {class: 'act', hidden: true, onsubmit: e => { e.preventDefault(); this.send(); }},
            labelled('action', t('action'), this.action), labelled('assignee', t('assignee'), this.assignee), labelled('verdict', t('verdict'), this.verdict),
            labelled('silence', t('silenceFor'), this.hours), labelled('text', t('text'), this.text, true), this.button, this.status);
        api.maybe('/v1/silences').then(answer => { this.el.hidden = !answer; }).catch(() => {});
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
