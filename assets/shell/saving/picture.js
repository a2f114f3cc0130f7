// @ts-check
/**
 * A view as a picture that stands alone: what is drawn on the page, below its title, above where it comes from.
 *
 * @typedef {object} Said
 * @property {string} title
 * @property {string} about
 * @property {string} origin provenance and checks
 * @property {string} run the model and the text
 * @property {string} link
 */
import { css } from "../../kit/colour/theme.js";
import { chartsDrawn } from "./charts_drawn.js";
import { made, widthOf, wrapped } from "./drawing.js";
import { painted } from "./painted.js";
import { withWords } from "./png_text.js";

const SVG = "http://www.w3.org/2000/svg";
const EDGE = 20;
const GAP = 14;
/** Narrower, a title would be broken too often. */
const LEAST = 420;
const SCALE = 2;
/** Pixels a side that browsers still draw. */
const MOST = 16_000;

/** @param {string} ink a custom property */
const style = (size = 12, ink = "ink2", weight = 400) => ({ size, ink, weight });

/**
 * @param {HTMLElement} body
 * @param {Said} said
 */
export async function picture(body, said) {
  await chartsDrawn(body);
  const { parts, width: wide, height } = painted(body);
  const width = Math.max(LEAST, wide);
  const head = column(
    [
      [said.title, style(18, "ink", 650)],
      [said.about, style(13)],
      [said.origin, style(11, "ink3", 600)],
    ],
    EDGE,
    width,
  );
  const top = Math.ceil(head.bottom + GAP); // a drawing on whole pixels is sharp
  const foot = column(
    [
      [said.run, style(11)],
      [said.link, style(11, "ink3")],
    ],
    top + height + GAP,
    width,
  );
  const whole = { width: Math.ceil(width + 2 * EDGE), height: Math.ceil(foot.bottom + EDGE) };
  const root = made(
    "svg",
    { xmlns: SVG, ...whole, viewBox: `0 0 ${whole.width} ${whole.height}`, style: features() },
    made("title", {}, said.title),
    made("desc", {}, `${said.about} ${said.run} ${said.link}`),
    made("style", {}, await fontFaces()),
    made("rect", { width: "100%", height: "100%", fill: css("surface") }),
    ...head.lines,
    made("g", { transform: `translate(${EDGE} ${top})` }, ...parts),
    ...foot.lines,
  );
  return { ...whole, text: new XMLSerializer().serializeToString(root) };
}

/**
 * Texts below each other, each in as many lines as it needs.
 * @param {[text: string, style: ReturnType<typeof style>][]} texts
 * @param {number} top
 * @param {number} width
 */
function column(texts, top, width) {
  const lines = [];
  let bottom = top;
  for (const [text, { size, ink, weight }] of texts) {
    const font = `${weight} ${size}px ${css("sans")}`;
    for (const line of text ? wrapped(text, font, width) : []) {
      bottom += 1.45 * size;
      const y = bottom - 0.4 * size;
      // A drawing sets letters apart by fractions of a pixel that a page rounds: said, the line is as long as it was.
      const place = { x: EDGE, y, textLength: widthOf(line, font) };
      const attributes = { ...place, fill: css(ink), "font-size": size, "font-weight": weight };
      lines.push(made("text", { ...attributes, "font-family": css("sans").replaceAll('"', "'") }, line));
    }
  }
  return { lines, bottom };
}

/** The shapes of letters and digits that the page has chosen. */
const features = () =>
  `font-feature-settings:${getComputedStyle(document.body).fontFeatureSettings.replaceAll('"', "'")}`;

/** The page's own fonts, within the file: a viewer need not have them. */
async function fontFaces() {
  const link = /** @type {HTMLLinkElement} */ (document.querySelector("#sheet"));
  const rules = Array.from(link.sheet?.cssRules ?? []).filter((rule) => rule instanceof CSSFontFaceRule);
  const faces = rules.map(async ({ cssText }) => {
    const [, address] = /** @type {RegExpMatchArray} */ (cssText.match(/url\("([^"]+)"\)/));
    const data = await inBase64(new URL(address, link.href || location.href));
    return cssText.replace(address, `data:font/woff2;base64,${data}`);
  });
  return (await Promise.all(faces)).join("");
}

/** @param {URL} address */
async function inBase64(address) {
  const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/**
 * The same in pixels, two to each of the page's; what it shows is also said within the file.
 * @param {{ text: string, width: number, height: number }} drawing
 * @param {Said} said
 * @returns {Promise<Blob>}
 */
export async function pixels(drawing, { title, about, run, link }) {
  const words = { Title: title, Description: `${about} ${run}`, Source: link, Software: "LLM Internals Explorer" };
  return withWords(await painting(drawing), words);
}

/**
 * @param {{ text: string, width: number, height: number }} drawing
 * @returns {Promise<Blob>}
 */
async function painting({ text, width, height }) {
  const scale = Math.min(SCALE, MOST / width, MOST / height);
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = Object.assign(new Image(), { src: address });
    await image.decode();
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, fail) => {
      canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("it is too large for this browser"))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}
