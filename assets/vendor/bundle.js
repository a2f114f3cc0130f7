// Writes d3.js, d3_first.js, d3_layouts.js, fflate.js and lit.js, with the licences of what they hold, from the packages that package.json names: `make vendor`.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const BUNDLES = ["d3", "d3_first", "d3_layouts", "fflate", "lit"];

/** The folder in node_modules of the package that an input file belongs to. */
const packageOf = (path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0];

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : license;
  return `${name} ${version} (${license})\n\n${text}\n`;
}

const folders = new Set();
for (const name of BUNDLES) {
  const { metafile } = await build({
    entryPoints: [join(HERE, `${name}.entry.js`)],
    outfile: join(HERE, `${name}.js`),
    bundle: true,
    external: ["./d3_first.js"],
    minify: true,
    format: "esm",
    legalComments: "none",
    metafile: true,
    banner: { js: "// Bundled by `make vendor`; versions and licences: LICENCES.txt" },
  });
  for (const path of Object.keys(metafile.inputs)) {
    const folder = packageOf(path);
    if (folder) folders.add(folder);
  }
}
const rule = `\n${"-".repeat(100)}\n\n`;
writeFileSync(join(HERE, "LICENCES.txt"), [...folders].sort().map(licenceOf).join(rule));
