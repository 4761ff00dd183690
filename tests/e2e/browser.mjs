/* A browser on a line: each line of stdin is {op, page, ...}, each of stdout
 * its answer. browser.py is the other end. browser.mjs MODULES */
import {createRequire} from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

const require = createRequire(path.join(process.argv[2], 'x.js'));
const {chromium} = require('playwright-core');
const AXE = fs.readFileSync(path.join(process.argv[2], 'axe-core/axe.min.js'), 'utf8');

const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync']});
const pages = new Map();

const ops = {
    async open({page, url, width, height, theme, locale, motion}) {
        const context = await browser.newContext({viewport: {width, height}, colorScheme: theme, locale, timezoneId: 'UTC',
            reducedMotion: motion ? 'no-preference' : 'reduce'});
        const one = await context.newPage(), said = [];
        one.on('console', m => { if (m.type() !== 'log') said.push(`${m.type()}: ${m.text()}`); });
        one.on('pageerror', e => said.push(`error: ${e.message}`));
        pages.set(page, {context, one, said});
        await one.goto(url);
    },
    async run({page, script}) { return pages.get(page).one.evaluate(script); },
    async wait({page, script, ms}) {
        // The page's policy forbids waitForFunction, which evaluates text in it.
        const {one} = pages.get(page), end = Date.now() + ms;
        const holds = () => one.evaluate(`Boolean(${script})`).catch(error => {
            if (!/context was destroyed|navigation/.test(error.message)) throw error;
            return false;  // between two pages
        });
        while (!await holds()) {
            if (Date.now() > end) throw new Error(`not within ${ms} ms: ${script}`);
            await new Promise(done => { setTimeout(done, 30); });
        }
    },
    async fill({page, at, text}) { await pages.get(page).one.fill(at, text); },
    async click({page, at}) { await pages.get(page).one.click(at); },
    async press({page, key}) { await pages.get(page).one.keyboard.press(key); },
    async reload({page}) { await pages.get(page).one.reload(); },
    async size({page, width, height}) { await pages.get(page).one.setViewportSize({width, height}); },
    async said({page}) { return pages.get(page).said.splice(0); },
    async close({page}) { await pages.get(page).context.close(); pages.delete(page); },
    async axe({page}) {
        const {one} = pages.get(page);
        if (!await one.evaluate('typeof axe === "object"')) await one.evaluate(AXE + ';0');
        return one.evaluate(`axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
            .then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary).slice(0, 3).join('; ')))`);
    },
    /* The picture, and its mean colours on a grid of 24 x 15. */
    async shot({page, file}) {
        const {one, context} = pages.get(page);
        const png = await one.screenshot({path: file}), blank = await context.newPage();
        const grid = await blank.evaluate(async text => {
            const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
            const picture = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
            const c = new OffscreenCanvas(24, 15).getContext('2d');
            c.imageSmoothingQuality = 'high';
            c.drawImage(picture, 0, 0, 24, 15);
            return [...c.getImageData(0, 0, 24, 15).data].filter((_, i) => i % 4 !== 3);
        }, png.toString('base64'));
        await blank.close();
        return grid;
    },
    /* What the page's main thread computes in each 60th of a second, for `ms`: CPU time in
     * ms by the kernel's account of the thread, which what else runs does not stretch. */
    async frames({page, ms}) {
        const {one} = pages.get(page), found = [];
        await browser.startTracing(one, {categories: ['-*', 'blink.user_timing']});
        await one.evaluate('performance.mark("vigie-here") && 0');
        const {pid, tid} = JSON.parse(await browser.stopTracing()).traceEvents.find(e => e.name === 'vigie-here');
        const cpu = () => Number(fs.readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
        const end = performance.now() + ms;
        for (let at = performance.now(), was = cpu(); at < end;) {
            await new Promise(done => { setTimeout(done, 16); });
            const now = performance.now(), is = cpu();
            found.push((is - was) * (1000 / 60) / (now - at));
            [at, was] = [now, is];
        }
        return found;
    },
    async download({page, at}) {
        const {one} = pages.get(page);
        const [file] = await Promise.all([one.waitForEvent('download'), one.click(at)]);
        return {name: file.suggestedFilename(), text: fs.readFileSync(await file.path(), 'utf8')};
    },
};

for await (const line of readline.createInterface({input: process.stdin})) {
    const call = JSON.parse(line);
    try {
        console.log(JSON.stringify({value: await ops[call.op](call) ?? null}));
    } catch (error) {
        console.log(JSON.stringify({error: `${call.op}: ${error.message}`}));
    }
}
await browser.close();
