(function () {
  "use strict";
  const root = document.documentElement;
  const languages = root.dataset.languages.split(" ");
  const plots = Array.from(document.querySelectorAll(".plot"));
  let language = root.dataset.show;
  let figures = null;

  // --- languages -------------------------------------------------------------------------------------------

  function preferred() {
    const wanted = [location.hash.slice(1)].concat(navigator.languages || [navigator.language || ""]);
    for (const tag of wanted) {
      const found = languages.find((name) => tag.toLowerCase().split("-")[0] === name);
      if (found) return found;
    }
    return language;
  }

  function show(name) {
    language = name;
    root.dataset.show = name;
    root.lang = name === "zh" ? "zh-CN" : "en";
    for (const button of document.querySelectorAll("[data-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.language === name));
    }
    for (const element of document.querySelectorAll("[aria-label][data-zh]")) {
      element.setAttribute("aria-label", element.dataset[name]);
    }
    const title = document.querySelector("title");
    document.title = title.dataset[name];
    if (figures) plots.forEach((plot) => draw(plot));
  }

  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => show(button.dataset.language));
  }
  if (languages.length > 1) show(preferred());

  // --- charts ----------------------------------------------------------------------------------------------

  function draw(plot, width) {
    const wanted = width || plot.clientWidth;
    if (!wanted) return;
    // a copy: plotly writes into what it is given
    const made = JSON.parse(JSON.stringify(figures[plot.dataset.figure][language]));
    Object.assign(made.layout, { width: wanted, autosize: false });
    // afresh: updates of some charts are animated, and a printer does not wait
    Plotly.purge(plot);
    Plotly.newPlot(plot, made.data, made.layout, { displayModeBar: false, responsive: false });
    plot.drawnWidth = wanted;
    plot.dataset.drawn = language;
  }

  async function inflate(id) {
    const packed = document.getElementById(id).textContent;
    const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  function fail() {
    root.classList.add("failed");
    for (const message of document.querySelectorAll(".no-charts")) message.hidden = false;
  }

  async function start() {
    if (!plots.length) return;
    const script = document.createElement("script");
    script.textContent = await inflate("plotly");
    document.head.append(script);
    figures = JSON.parse(await inflate("figures"));
    for (const plot of plots) {
      draw(plot);
      await new Promise((go) => setTimeout(go, 0)); // the page stays usable meanwhile
    }
    root.dataset.drawn = "all";
  }

  let timer = 0;
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (figures) for (const plot of plots) if (plot.clientWidth !== plot.drawnWidth) draw(plot);
    }, 150);
  });
  // the style sheet prints charts at 80 % of their size: 875 dots are then the width of A4 less its margins
  window.addEventListener("beforeprint", () => figures && plots.forEach((plot) => draw(plot, 875)));
  window.addEventListener("afterprint", () => figures && plots.forEach((plot) => draw(plot)));

  start().catch(fail);
})();
