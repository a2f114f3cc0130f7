// Writes the page as the wheel carries it into a folder: `node bundle.js FOLDER [GRADIO]`, GRADIO being the folder of the
// installed gradio package. A checkout serves the modules of `assets` as they are and needs none of this.
//
// page-HASH.js has what every page needs, kit-HASH.js the rest of what panels share, PANEL-HASH.js a panel's views; what is
// opened seldom has a file of its own. bundles.json says which file stands for which of `assets`, and what each imports.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

const ASSETS = join(dirname(fileURLToPath(import.meta.url)), "assets");
const [OUT, GRADIO] = process.argv.slice(2).map((path) => resolve(path));
/** Of Gradio's components those that the page uses. */
const COMPONENTS = ["button", "checkbox", "column", "dataset", "dropdown", "form", "group", "html", "number", "row"];
COMPONENTS.push("slider", "state", "textbox");
/** Scripts that a page of its own, the head or a place of recordings names; panels and what is loaded later are found. */
const PAGES = ["shell/page.js", "embed/embed.js", "recorded/open.js", "recorded/site.js"];
const ALONE = ["shell/glossary_page.js", "kit/samples/samples.js"];
/** Beside scripts and stylesheets what the page opens with, and is worth a name that is kept for always. */
const DATA = ["recorded/first.json"];
/** What a module of the kit must be used by to travel with the page itself: this part of the panels. */
const OFTEN = 1 / 3;

const FROM = "// From Gradio, Apache-2.0: https://github.com/gradio-app/gradio";

const files = (folder, ending) =>
  readdirSync(join(ASSETS, folder), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && each.name.endsWith(ending))
    .map((each) => relative(ASSETS, join(each.parentPath, each.name)));
const read = (path) => readFileSync(join(ASSETS, path), "utf8");

/** The views of each panel, which are the modules that export a function of their own name. */
function panels() {
  const found = {};
  for (const path of files("views", ".js").sort()) {
    const name = basename(path, ".js");
    if (new RegExp(`^export (async )?(function|const) ${name}\\b`, "m").test(read(path)))
      found[dirname(path)] = [...(found[dirname(path)] ?? []), path];
  }
  return found;
}

/** What each module imports at its start, and what it loads later. */
async function graph(entries) {
  const { metafile } = await build({ ...HOW, entryPoints: entries, splitting: true, write: false, outdir: OUT });
  const found = {};
  for (const [path, { imports }] of Object.entries(metafile.inputs)) {
    const here = imports.filter(({ external }) => !external);
    const of = (later) => here.filter(({ kind }) => (kind === "dynamic-import") === later).map((each) => each.path);
    found[path] = { now: of(false), later: of(true) };
  }
  return found;
}

function closure(modules, entries) {
  const found = new Set(entries);
  for (const path of found) for (const other of modules[path].now) found.add(other);
  return found;
}

const HOW = {
  absWorkingDir: ASSETS,
  bundle: true,
  format: "esm",
  minify: true,
  metafile: true,
  legalComments: "none",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  outdir: OUT,
  logLevel: "warning",
};

/** Modules that travel together: the entries that import one of a group import all of it, so that it is one file. */
function groups(modules, views) {
  const page = closure(modules, PAGES.slice(0, 1));
  const users = {};
  for (const own of Object.values(views))
    for (const path of closure(modules, own)) users[path] = (users[path] ?? 0) + 1;
  const shared = Object.keys(users).filter((path) => /^(kit|vendor)\//.test(path));
  const often = shared.filter((path) => users[path] >= OFTEN * Object.keys(views).length);
  const first = closure(modules, [...page, ...often]);
  return { page: [...first], kit: shared.filter((path) => !first.has(path) && users[path] > 1) };
}

/** The modules that stand for a panel and for a group, and those that are loaded later with the page before them. */
function made({ modules, views, shared, later }) {
  const kit = new Set(shared.kit);
  const bring = (paths) => paths.map((path) => `import "./${path}";`).join("\n");
  return {
    name: "made",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(panel|group):/ }, ({ path }) => ({ path, namespace: "made" }));
      onLoad({ filter: /^group:/, namespace: "made" }, ({ path }) => ({
        contents: bring(shared[path.slice("group:".length)]),
        resolveDir: ASSETS,
      }));
      onLoad({ filter: /^panel:/, namespace: "made" }, ({ path }) => {
        const own = views[path.slice("panel:".length)];
        const lines = own.map((each) => `export * as ${basename(each, ".js")} from "./${each}";`);
        if ([...closure(modules, own)].some((each) => kit.has(each))) lines.unshift('import "group:kit";');
        return { contents: ['import "group:page";', ...lines].join("\n"), resolveDir: ASSETS };
      });
      onLoad({ filter: /\.js$/, namespace: "file" }, ({ path }) => {
        const name = relative(ASSETS, path);
        return later.has(name) ? { contents: `${read(name)}\nimport "group:page";` } : undefined;
      });
    },
  };
}

/** The page's own scripts and stylesheets. @returns what there is of them, and the panels that draw charts */
async function scripts() {
  const views = panels();
  const modules = await graph([...PAGES, ...Object.values(views).flat()]);
  const shared = groups(modules, views);
  const loaded = Object.values(modules).flatMap((each) => each.later);
  const later = new Set([...loaded, ...PAGES]);
  const entryPoints = [
    ...PAGES.map((path) => ({ in: path, out: basename(path, ".js") })),
    ...Object.keys(views).map((folder) => ({ in: `panel:${folder}`, out: basename(folder) })),
  ];
  const plugins = [made({ modules, views, shared, later })];
  const charts = Object.keys(views).filter((folder) => closure(modules, views[folder]).has("kit/chart/chart.js"));
  const results = [
    await build({ ...HOW, entryPoints, splitting: true, plugins }),
    await build({ ...HOW, entryPoints: ALONE, splitting: true }),
    await build({
      ...HOW,
      entryPoints: [...files("", ".css"), ...DATA],
      loader: { ".json": "copy", ".woff2": "file" },
    }),
  ];
  return { outputs: Object.assign({}, ...results.map(({ metafile }) => metafile.outputs)), charts };
}

/**
 * What Gradio's page brings with these components: its scripts as one file, its stylesheets as another, in their layer.
 * The names within are of this version alone: of any other the page brings Gradio's files as they are.
 */
async function gradio() {
  const folder = join(GRADIO, "templates", "frontend");
  const html = readFileSync(join(folder, "index.html"), "utf8");
  const [script, style] = [/src="\.\/(assets\/index-[\w-]+\.js)"/, /href="\.\/(assets\/[\w-]+\.css)"/].map(
    (pattern) => html.match(pattern)[1],
  );
  const text = (name) => readFileSync(join(folder, "assets", name), "utf8");
  const [scripts, styles] = [new Set(), new Set([basename(style)])];
  /** Takes in what is loaded later by this stretch of a script, with the stylesheets that Vite lists for it. */
  const takeIn = (name, stretch, within = /./) => {
    const listed = JSON.parse(text(name).match(/m\.f=(\[[^\]]*\])/)[1]);
    const loads = /import\(`\.\/([\w-]+\.js)`\)[^,]{0,30},__vite__mapDeps\(\[([\d,]*)\]\)/g;
    for (const [, loaded, places] of stretch.matchAll(loads)) {
      if (!within.test(loaded)) continue;
      scripts.add(loaded);
      for (const at of places.split(",")) if (listed[at].endsWith(".css")) styles.add(basename(listed[at]));
    }
  };
  const called = (name) => [...scripts].find((each) => each.startsWith(name));
  takeIn(basename(script), text(basename(script)), /^(Index|core)-/);
  takeIn(called("Index-"), text(called("Index-")), /^Blocks-/);
  const core = called("core-");
  for (const name of COMPONENTS) takeIn(core, text(core).match(`[{,]${name}:\\{([^{}]*)\\}`)[1]);
  /** What is not taken in is not bundled; what lies beside the page keeps its address. */
  const kept = ({ kind, path }) =>
    kind === "url-token" || (kind === "dynamic-import" && !scripts.has(basename(path)))
      ? { path: path.replace(/^\.\//, "/assets/"), external: true }
      : undefined;
  /** The stylesheets are there already, under another name. */
  const dressed = (contents, sheet) =>
    contents.replace("=>i.map(i=>d[i])", "=>[]").replace(`./${style}`, `/explorer/bundles/${sheet}`);
  const make = async (entry, sheet) => {
    const setup = ({ onResolve, onLoad }) => {
      onResolve({ filter: /./ }, kept);
      onLoad({ filter: /\.js$/ }, ({ path }) => ({ contents: dressed(text(basename(path)), sheet) }));
    };
    const how = { ...HOW, plugins: [{ name: "gradio", setup }], entryNames: "gradio-[hash]", banner: { js: FROM } };
    return basename(Object.keys((await build({ ...how, ...entry })).metafile.outputs)[0]);
  };
  const contents = [...styles].map((name) => `@import "./assets/${name}" layer(gradio);`).join("\n");
  const css = await make({ stdin: { contents, resolveDir: folder, loader: "css", sourcefile: "gradio.css" } });
  const js = await make({ entryPoints: [join(folder, script)] }, css);
  const { version } = JSON.parse(readFileSync(join(GRADIO, "package.json"), "utf8"));
  return { version, replaces: { [script]: js, [style]: css } };
}

/** Which file stands for which of `assets`, by the name that it has there; a panel's by its folder. */
function listed(outputs) {
  const found = {};
  for (const [path, { entryPoint, inputs }] of Object.entries(outputs)) {
    const name = entryPoint?.replace(/^made:panel:/, "") ?? (path.endsWith(".woff2") ? Object.keys(inputs)[0] : null);
    if (name) found[name] = basename(path);
  }
  return found;
}

/** What each script imports at its start, and what it loads later. */
function imported(outputs) {
  const found = {};
  for (const [path, { imports }] of Object.entries(outputs)) {
    const of = (later) =>
      imports.filter(({ kind }) => (kind === "dynamic-import") === later).map((each) => basename(each.path));
    if (path.endsWith(".js")) found[basename(path)] = { now: of(false), later: of(true) };
  }
  return found;
}

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const { outputs, charts } = await scripts();
const list = { files: listed(outputs), imports: imported(outputs), charts, gradio: GRADIO ? await gradio() : null };
for (const name of readdirSync(OUT))
  if (!name.endsWith(".woff2"))
    writeFileSync(join(OUT, `${name}.br`), brotliCompressSync(readFileSync(join(OUT, name))));
writeFileSync(join(OUT, "bundles.json"), JSON.stringify(list));
