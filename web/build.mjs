/* Bundle web/src into DIST: node build.mjs MODULES DIST (web/build does it).
 *
 * Names carry a hash of their content, so that a browser may keep them for
 * ever. The map is made small: of the 1:50 m outlines of world-atlas as many
 * points as a wall screen can tell apart, and a point for each country. */
import {createRequire} from 'node:module';
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

const [modules, dist] = process.argv.slice(2).map(p => path.resolve(p));
const src = path.join(path.dirname(fileURLToPath(import.meta.url)), 'src');
const require = createRequire(path.join(modules, 'x.js'));
const load = name => import(pathToFileURL(path.join(modules, name)));
const json = name => JSON.parse(fs.readFileSync(path.join(modules, name)));

const POINTS_KEPT = 0.5, GRID = 6000;

async function map() {
    const {presimplify, simplify, quantile, filter, filterWeight} = require('topojson-simplify');
    const {quantize, feature} = require('topojson-client');
    const {geoCentroid, geoArea} = await load('d3-geo/src/index.js');
    const world = json('world-atlas/countries-50m.json');
    const alpha2 = new Map(json('i18n-iso-countries/codes.json').map(c => [c[2], c[0]]));

    const code = g => g.properties.name === 'Kosovo' ? 'XK' : alpha2.get(g.id);
    const points = {};
    for (const f of feature(world, world.objects.countries).features) {
        const at = code(f);
        if (!at) continue;
        // The middle of the largest part: of the United States without Alaska.
        const parts = f.geometry.type === 'Polygon' ? [f.geometry.coordinates] : f.geometry.coordinates;
        const of = c => ({type: 'Polygon', coordinates: c});
        const largest = parts.reduce((a, b) => geoArea(of(b)) > geoArea(of(a)) ? b : a);
        points[at] = geoCentroid(of(largest)).map(x => Math.round(x * 100) / 100);
    }

    const weighed = presimplify(world), least = quantile(weighed, POINTS_KEPT);
    let small = simplify(weighed, least);
    small = quantize(filter(small, filterWeight(small, least * 4)), GRID);
    const geometries = small.objects.countries.geometries
        .filter(g => g.type && g.id !== '010')  // Antarctica
        .map(g => ({type: g.type, arcs: g.arcs, id: code(g)}));
    return {points, world: {...small, objects: {countries: {type: 'GeometryCollection', geometries}}}};
}

function hashed(name, text) {
    const at = name.lastIndexOf('.');
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 10);
    return `${name.slice(0, at)}-${hash}${name.slice(at)}`;
}

const made = new Map();  // name -> text
const put = (name, text) => { const n = 'assets/' + hashed(name, text); made.set(n, text); return '/' + n; };

const esbuild = require('esbuild');
const mapUrl = put('world.json', JSON.stringify(await map()));
const iconUrl = put('vigie.svg', fs.readFileSync(path.join(src, 'vigie.svg'), 'utf8'));
const words = {};
for (const name of fs.readdirSync(path.join(src, 'words')))
    words[name.replace('.json', '')] = put('words-' + name,
        JSON.stringify(JSON.parse(fs.readFileSync(path.join(src, 'words', name), 'utf8'))));

const built = await esbuild.build({
    entryPoints: {app: path.join(src, 'main.js')}, bundle: true, write: false, outdir: dist,
    minify: true, format: 'esm', target: ['es2022'], charset: 'utf8', legalComments: 'none',
    nodePaths: [modules], logLevel: 'warning',
    define: {MAP_URL: JSON.stringify(mapUrl), WORDS_URLS: JSON.stringify(words)},
});
const urls = {icon: iconUrl};
for (const file of built.outputFiles)
    urls[path.extname(file.path).slice(1)] = put(path.basename(file.path), file.text);

const licences = ['d3-geo', 'd3-array', 'internmap', 'topojson-client', 'uplot', 'world-atlas'].map(name => {
    const dir = path.join(modules, name);
    const file = fs.readdirSync(dir).find(f => /^licen[cs]e/i.test(f));
    const {version, license} = JSON.parse(fs.readFileSync(path.join(dir, 'package.json')));
    return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(dir, file), 'utf8')}`;
}).join('\n----\n\n');
urls.licences = put('licences.txt', licences);

made.set('index.html', fs.readFileSync(path.join(src, 'index.html'), 'utf8')
    .replace(/\{\{(\w+)\}\}/g, (_, name) => urls[name]));

// Whole or not at all: another build may be reading the folder.
const next = `${dist}.${process.pid}`;
for (const [name, text] of made) {
    fs.mkdirSync(path.dirname(path.join(next, name)), {recursive: true});
    fs.writeFileSync(path.join(next, name), text);
}
fs.rmSync(dist, {recursive: true, force: true});
fs.renameSync(next, dist);
