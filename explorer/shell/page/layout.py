"""The layout: Gradio's sidebar of controls, and one view on which the panels are drawn.

The markup, style and script given to `gr.HTML` are constants: Gradio evaluates them as JavaScript template literals, so
no text of a person or a model may ever be built into them. Data travel as the view's JSON value.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
from gradio.events import api
from gradio.themes import Base

from explorer import zoo
from explorer.shell import service
from explorer.shell.api.asked import ask
from explorer.shell.envelope.examples import EXAMPLES
from explorer.shell.files import bundles, manifest, tables
from explorer.shell.page import events
from explorer.shell.page.sidebar import restore
from explorer.shell.settings import in_force
from explorer.stack.inference.decoding.sampler_settings import SETTINGS

BRAND = """<div class="brand"><svg viewBox="0 0 28 20" width="28" height="20" aria-hidden="true">
<path d="M1 9.2C8 9.2 12 7.6 27 3v14C12 12.6 8 10.8 1 10.8Z" class="mark"/>
<path d="M9 1v5M15 1v3.4M9 14v5M15 15.6V19" class="marks"/>
</svg><span class="wordmark">LLM Internals Explorer</span>
<button class="btn ghost theme" type="button">Dark</button></div>"""
TOPBAR = """<header class="topbar">
<button class="btn ghost" id="menu" type="button" aria-expanded="false"
aria-controls="side">Prompt &amp; settings</button>
<span class="wordmark small">LLM Internals Explorer</span>
<button class="btn ghost theme" type="button">Dark</button></header>"""
STAGE_SCRIPT = "window.explorerPage().then((m) => m.mount({ element, props, trigger, server, watch }));"
INTERVENTIONS = '<div id="interventions-view" class="field stack"></div>'
META = '<p class="hint" id="model-meta"></p>'
COUNT = '<p class="hint" id="prompt-count"></p>'
SAMPLER = """<div class="fieldhead"><span class="label">Sampler</span>
<button id="sampler-reset" type="button" aria-label="Reset the sampler's settings" hidden>Reset</button></div>"""

#: Gradio counts the time of what is under way anew in each frame, and goes on for ever with that of its own loading
#: sign. It keeps the browser's function from its start: what it keeps gives ten turns a second, once the page is there.
SLOW_CLOCK = """<script>{
const frame = window.requestAnimationFrame.bind(window);
let ask = frame;
window.requestAnimationFrame = (turn) => ask(turn);
window.explorerReady.then(() => { window.requestAnimationFrame = frame; ask = (turn) => setTimeout(turn, 100); });
}</script>"""
#: what the dispatcher is asked: the page's own script says it, once it is there
TAKE_RUN = '(...a) => window.explorerReady.then((explorer) => [explorer.take("run"), ...a.slice(1)])'


def head() -> str:
    """What stands in the page's head."""
    opening, at = manifest.address(), bundles.address
    preloads = [f'<link rel="modulepreload" href="{each}">' for each in bundles.imported("shell/page.js")]
    return f"""<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
{tables.script()}
<link rel="preload" href="{at("fonts/inter.woff2")}" as="font" type="font/woff2" crossorigin>
<script>window.explorerReady = new Promise((found) => {{ window.explorerFound = found; }});
window.explorerPage = () => import("{at("shell/page.js")}");
addEventListener("beforeunload", () => {{ window.explorerLeaves = Date.now(); }});</script>
{SLOW_CLOCK}
<link id="sheet" rel="stylesheet" href="{at("css/all.css")}">
<link rel="modulepreload" href="{at("shell/page.js")}">
{"".join(preloads)}
<script>window.explorerOpening = fetch("{opening}");
if (/[?&]embed=1/.test(location.search)) import("{at("embed/embed.js")}");</script>"""


def theme() -> Base:
    """Gradio's own controls in the page's fonts; the colours come from assets/css."""
    return Base(font=["Inter", "Segoe UI", "sans-serif"], font_mono=["JetBrains Mono", "monospace"])


def build() -> gr.Blocks:
    """The page as Gradio Blocks. Needs no torch: models load when the first run is asked for."""
    with gr.Blocks(title="LLM Internals Explorer", analytics_enabled=False) as demo:
        gr.HTML(TOPBAR, elem_id="top", apply_default_css=False)
        with gr.Row(elem_id="app"):
            with gr.Column(elem_id="side", scale=0, min_width=272):
                gr.HTML(BRAND, apply_default_css=False)
                shelf = [(card.title, name) for name, card in zoo.shelf().items()]
                model = gr.Dropdown(
                    shelf,
                    value=service.DEFAULT_MODEL,
                    label="Model",
                    elem_id="model",
                    allow_custom_value=not in_force().public,
                )
                gr.HTML(META, apply_default_css=False)
                prompt = gr.Textbox(
                    service.DEFAULT_PROMPT, label="Prompt", lines=3, max_lines=12, elem_id="prompt", interactive=True
                )
                gr.HTML(COUNT, apply_default_css=False)
                gr.Examples(
                    [[each.text] for each in EXAMPLES],
                    [prompt],
                    example_labels=[each.name for each in EXAMPLES],
                    label="",
                    elem_id="examples",
                )
                chat = gr.Checkbox(False, label="Chat template", elem_id="chat")
                gr.HTML(SAMPLER, apply_default_css=False)
                with gr.Group(elem_id="sampler"):
                    sliders = [
                        gr.Slider(
                            each.least, each.most, each.first, step=each.step, label=each.label, elem_id=each.name
                        )
                        for each in SETTINGS
                    ]
                with gr.Row(elem_id="pair"):
                    seed = gr.Number(
                        7, label="Seed", precision=0, minimum=0, maximum=2**31 - 1, elem_id="seed", min_width=60
                    )
                    new = gr.Number(
                        service.DEFAULT_NEW_TOKENS,
                        label="New tokens",
                        precision=0,
                        minimum=0,
                        maximum=in_force().bounds.new_tokens,
                        elem_id="new",
                        min_width=60,
                    )
                run = gr.Button("Run", variant="primary", elem_id="run")
                gr.HTML(INTERVENTIONS, apply_default_css=False)
                share = gr.Button("Share this view", elem_id="share")
            with gr.Column(elem_id="main", min_width=0):
                stage = gr.HTML(
                    value=None,
                    html_template='<div class="stageroot"></div>',
                    css_template="",
                    js_on_load=STAGE_SCRIPT,
                    server_functions=events.FUNCTIONS,
                    apply_default_css=False,
                    elem_id="stageview",
                )
        with gr.Row(elem_id="wires"):
            request = gr.Textbox(elem_id="request", interactive=True)
            work = gr.Button(elem_id="work")
            stop = gr.Button(elem_id="stop")
            watching = gr.Button(elem_id="look")
            sync = gr.Button(elem_id="sampler-sync")
            settle = gr.Button(elem_id="settings-sync")

        controls = [model, prompt, chat, new, seed, *sliders]  # in the order of `Sidebar`
        for control in controls:  # what a value may be, the dispatcher says in a sentence; Gradio would log a traceback
            control.preprocess = lambda value: value
        # Gradio tells each stage of any event to all that have ever shown an event's progress: it is one button here.
        private: Any = {"api_visibility": "private", "show_progress": "hidden", "show_progress_on": [stop]}
        going = gr.on(
            [demo.load, run.click, work.click],
            events.answer,
            [request, *controls],
            [stage],
            js=TAKE_RUN,
            concurrency_limit=None,  # the line is ours
            api_name="dispatch",
            trigger_mode="multiple",
            **private,
        )
        stop.click(None, cancels=[going], **private)
        watching.click(
            events.look, [request], [stage], js="() => [window.explorer.take('look')]", concurrency_limit=None,
            trigger_mode="multiple", **private,
        )  # fmt: skip
        demo.load(restore, [request], controls, js="() => [window.location.search]", queue=False, **private)
        sync.click(None, None, sliders, js="() => window.explorer.samplerValues()", **private)
        settle.click(None, None, [*sliders, new, seed, model], js="() => window.explorer.settings()", **private)
        for slider in sliders:
            slider.input(None, [slider], None, js=f"(v) => window.explorer?.slid('{slider.elem_id}', v)", **private)
        model.input(None, None, None, js="() => window.explorer?.chosen()", **private)
        share.click(None, None, None, js="() => window.explorer.share()", **private)
        api(events.trace_api, api_name="trace", concurrency_limit=None)
        api(ask, api_name="ask", concurrency_limit=None)
    return demo
