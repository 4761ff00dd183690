/* campaigns - every alert that this viewer may see, newest first. */
import {query} from '../data.js';
import {foreign, h} from '../dom.js';
import {brief, number, t} from '../i18n.js';
import {failed, group, pace, path, severity, stage, state, table} from './parts.js';

const STATES = ['', 'firing', 'recovering', 'resolved'];

export class CampaignsPage {
    constructor(api, _, {params}) {
        this.api = api;
        this.chosen = {state: params.get('state') ?? '', severity_min: params.get('severity_min') ?? ''};
        this.list = h('div', {class: 'list', 'aria-live': 'polite'});
        const choose = (name, label, options) => h('label', {}, t(label), h('select', {'data-key': name, onchange: e => {
            this.chosen[name] = e.target.value;
            location.replace('#/campaigns?' + query(Object.entries(this.chosen)));
        }}, options.map(([value, text]) => h('option', {value, selected: value === this.chosen[name]}, text))));
        this.el = h('div', {class: 'page'}, h('h1', {}, t('page.campaigns')),
            h('div', {class: 'controls'},
                choose('state', 'state', STATES.map(s => [s, s ? t('state.' + s) : t('any')])),
                choose('severity_min', 'severityMin', [['', t('any')], ...[3, 5, 7, 8, 9].map(n => [String(n), number(n)])])),
            this.list);
        this.load();
        this.timer = setInterval(() => this.load(), 5000);
    }

    stop() { clearInterval(this.timer); this.stopped = true; }

    update() {}

    async load() {
        try {
            const {body} = await this.api.get('/v1/alerts?' + query([...Object.entries(this.chosen), ['limit', 200]]));
            if (this.stopped) return;
            const signature = JSON.stringify(body);
            if (signature === this.seen) return;
            this.seen = signature;
            const focus = this.list.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
            this.list.replaceChildren(body.alerts.length ? table(t('page.campaigns'),
                [t('campaign'), t('severity'), t('state'), t('countries'), t('velocity'), t('start'), t('revisions')],
                body.alerts.map(a => [
                    h('a', {href: '#/campaign/' + encodeURIComponent(a.id), class: 'two'}, h('span', {class: 'group'}, group(a)), h('span', {class: 'dim'}, foreign(a.title, 90))),
                    severity(a.severity), h('span', {class: 'two'}, state(a.state), stage(a)), a.campaign ? path(a) : '–', pace(a) || '–', brief(a.start), number(a.revision ?? 0)]))
                : h('p', {class: 'empty'}, t('none')));
            if (focus) this.list.querySelector(`a[href="${CSS.escape(focus)}"]`)?.focus();
        } catch (error) {
            if (!this.stopped && !this.seen) this.list.replaceChildren(failed(error));
        }
    }
}
