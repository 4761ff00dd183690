/* signin - a token, kept in memory; in the tab only when asked for. Or a sign-in
 * at the coalition's provider, where there is one. */
import {h} from '../dom.js';
import {t} from '../i18n.js';
import {leaveFor, offered} from '../oidc.js';

export function signIn(enter, tools, reason = '') {
    const said = h('p', {class: 'said', role: 'alert'}, reason);
    const token = h('input', {id: 'token', type: 'password', autocomplete: 'off', required: true, spellcheck: 'false', dir: 'ltr'});
    const keep = h('input', {id: 'keep', type: 'checkbox'});
    const button = h('button', {type: 'submit', class: 'main'}, t('signIn'));
    const provider = h('div', {class: 'provider', hidden: true});
    const away = async found => {
        said.textContent = '';
        await leaveFor(found, keep.checked).catch(error => { said.textContent = t('signInFailed', {why: error.message}); });
    };
    offered().then(found => {
        if (!found) return;
        provider.append(h('button', {type: 'button', 'data-key': 'oidc', onclick: () => away(found)},
            t('signInAt', {where: new URL(found.issuer).host})));
        provider.hidden = false;
    });
    const form = h('form', {class: 'signin', onsubmit: async e => {
        e.preventDefault();
        button.disabled = true;
        said.textContent = '';
        try {
            await enter(token.value.trim(), keep.checked);
        } catch (error) {
            said.textContent = error.status === 401 ? t('badToken') : error.status ? error.message : t('noServer');
            button.disabled = false;
            token.focus();
        }
    }},
    h('h1', {}, h('span', {class: 'eye', 'aria-hidden': 'true'}), 'vigie'), h('p', {}, t('about')),
    h('label', {for: 'token'}, t('token')), token,
    h('div', {class: 'check'}, keep, h('label', {for: 'keep'}, t('keepToken'))), button, provider, said,
    h('p', {class: 'hint'}, t('tokenHint'), ' ', h('code', {dir: 'ltr'}, 'vigie token add VIEWER -c vigie.yaml')));
    queueMicrotask(() => token.focus());
    return h('main', {class: 'door'}, h('div', {class: 'tools'}, tools), form);
}
