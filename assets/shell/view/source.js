// @ts-check
/**
 * The source of a view, in a drawer at the side: the code that made the picture, as it runs on the server.
 *
 * @import { Run } from "../../kit/view"
 * @import { Service } from "../parts"
 * @import { PanelSpec, SourcePart, ViewSpec } from "../protocol"
 */
import { counted, whole } from "../../kit/numbers/format.js";
import { html, nothing, render } from "../../vendor/lit.js";
import { dialog } from "../dialog.js";
import { copy } from "../saving/files.js";
import { toast } from "../toast.js";

/**
 * @param {PanelSpec} panel
 * @param {ViewSpec} view
 * @param {{ server: Service, run: Run | null }} page
 */
export async function openSource(panel, view, { server, run }) {
  const box = dialog("sourcebox", { labelledBy: "sourcetitle" });
  const draw = (/** @type {unknown} */ content) => render(drawer(box, view, run, content), box);
  draw(html`<pre tabindex="0">Reading…</pre>`);
  box.showModal();
  const answer = await server.call("source", { panel: panel.name, view: view.name });
  /** @type {SourcePart[]} */
  const parts = answer.parts ?? [];
  if (parts.length) draw(parts.map(part));
  else draw(html`<pre tabindex="0">${answer.text ?? answer.message}</pre>`);
}

/**
 * @param {HTMLDialogElement} box
 * @param {ViewSpec} view
 * @param {Run | null} run
 * @param {unknown} content
 */
function drawer(box, view, run, content) {
  return html`
    <div class="dlghead">
      <h2 id="sourcetitle">${view.title}</h2>
      <button class="btn ghost" type="button" @click=${() => box.close()}>Close</button>
    </div>
    <p class="hint" id="sourcehint">${run ? ofRun(run) : "This code makes the picture."}</p>
    ${content}`;
}

/** @param {Run} run */
function ofRun({ ids, model: m }) {
  const heads = `${m.H} query and ${m.KV} key/value heads of ${m.dh}`;
  const sizes = `d_model ${whole(m.D)}, d_mlp ${whole(m.ff)}, d_vocab ${whole(m.V)}`;
  return `This code makes the picture. This run: ${counted(ids.length, "position")},
    ${counted(m.L, "block")}, ${heads}, ${sizes}.`;
}

/** @param {SourcePart} source */
function part({ path, line, tokens }) {
  const text = tokens.map(([, piece]) => piece).join("");
  const press = () => copy(text, "Source copied", toast);
  const coloured = tokens.map(([kind, piece]) => (kind ? html`<span class=${kind}>${piece}</span>` : piece));
  return html`
    <section class="sourcepart">
      <div class="sourcehead">
        <code>${path}:${line}</code>
        <button class="btn ghost" type="button" aria-label="Copy the source of ${path}" @click=${press}>Copy</button>
      </div>
      <pre tabindex="0">${coloured}${nothing}</pre>
    </section>`;
}
