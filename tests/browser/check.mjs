// Opens the HTML reports in headless Chromium as a reader would, and proves that hostile content
// neither runs nor loads, that the layout holds, and that no serious accessibility rule is broken.
//
//   node check.mjs PAGES [SCREENSHOTS]
//
// Exits with 1 when a check fails. PAGES is a folder made by `cargo run --example report_pages -- PAGES`.

import { mkdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [pages = "pages", screenshots] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

const WIDTHS = [390, 1280];
const THEMES = ["light", "dark"];
let failures = 0;
let checks = 0;

function check(what, holds, detail = "") {
  checks += 1;
  if (holds) return;
  failures += 1;
  console.error(`FAILED ${what}${detail ? `: ${detail}` : ""}`);
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

/** Opens a page with every request but its own refused and counted. */
async function open(name, { width = 1280, theme = "light", script = true, bypass = false } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: theme,
    javaScriptEnabled: script,
    bypassCSP: bypass,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  const seen = { requests: [], dialogs: [], errors: [], console: [] };
  const own = pathToFileURL(resolve(pages, name)).href;
  await context.route("**/*", (route) => {
    if (route.request().url().split("#")[0] === own) return route.continue();
    seen.requests.push(route.request().url());
    return route.abort();
  });
  page.on("dialog", (dialog) => { seen.dialogs.push(dialog.message()); dialog.dismiss(); });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error") seen.console.push(message.text()); });
  page.on("popup", () => seen.requests.push("popup"));
  const started = performance.now();
  await page.goto(own, { waitUntil: "load" });
  return { page, context, seen, loaded: performance.now() - started };
}

function quiet(what, seen) {
  check(`${what}: nothing else is requested`, seen.requests.length === 0, seen.requests.join(" "));
  check(`${what}: no dialog opens`, seen.dialogs.length === 0);
  check(`${what}: no script fails`, seen.errors.length === 0, seen.errors.join("; "));
  check(`${what}: the console is silent`, seen.console.length === 0, seen.console.join("; ").slice(0, 600));
}

/** Opens every fold, the packed ones included. */
async function openAll(page) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((node) => { node.open = true; }));
  await page.waitForFunction(() => [...document.querySelectorAll(".row[open] .rest")].every((rest) => rest.firstChild));
}

const overflow = (page) => page.evaluate(() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return "";
  const wide = [...document.querySelectorAll("body *")]
    .filter((node) => node.getBoundingClientRect().right > width + 1)
    .map((node) => `${node.tagName.toLowerCase()}.${node.className.baseVal ?? node.className}`);
  return `${document.documentElement.scrollWidth} px wide at ${width}: ${wide.slice(0, 6).join(" ")}`;
});

async function hostile(name) {
  for (const width of WIDTHS) {
    for (const theme of THEMES) {
      const what = `${name} at ${width} ${theme}`;
      const { page, context, seen } = await open(name, { width, theme });
      await openAll(page);
      // Whatever can be pressed, rested on or focused is.
      for (const button of await page.locator("button:visible").all()) await button.click();
      await page.mouse.move(width / 2, 300);
      for (let at = 0; at < 30; at += 1) await page.keyboard.press("Tab");
      check(`${what}: nothing ran`, await page.evaluate(() => window.pwned === undefined));
      const smuggled = await page.evaluate(() => ({
        tags: document.querySelectorAll("a, img, iframe, object, embed, link, base, form[action], svg a, svg image, [src], [href], [style]").length,
        handlers: [...document.querySelectorAll("*")].filter((node) => [...node.attributes].some((attribute) => /^on/i.test(attribute.name))).length,
        scripts: [...document.scripts].length,
        styles: document.querySelectorAll("style").length,
        controls: /[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText),
        packed: Boolean(document.getElementById("packed")),
      }));
      check(`${what}: no element or attribute came from a message`, smuggled.tags === 0 && smuggled.handlers === 0, JSON.stringify(smuggled));
      check(`${what}: one style and the page's own scripts`, smuggled.styles === 1 && smuggled.scripts === (smuggled.packed ? 2 : 1), JSON.stringify(smuggled));
      check(`${what}: no control character is left`, !smuggled.controls);
      const wide = await overflow(page);
      check(`${what}: no horizontal scroll`, wide === "", wide);
      check(`${what}: the content is shown`, await page.evaluate(() => document.body.innerText.includes("<script>window.pwned=1</script>")));
      quiet(what, seen);
      await context.close();
    }
  }
  // The escaping alone must hold: the same with the policy switched off.
  const { page, context, seen } = await open(name, { bypass: true });
  await openAll(page);
  check(`${name} without its policy: nothing ran`, await page.evaluate(() => window.pwned === undefined));
  quiet(`${name} without its policy`, seen);
  await context.close();
}

async function policy(name) {
  const { page, context, seen } = await open(name);
  const blocked = await page.evaluate(async () => {
    const image = new Image();
    const refused = new Promise((done) => { image.onerror = () => done(true); image.onload = () => done(false); });
    image.src = "http://evil.example/x.png";
    const inline = document.createElement("script");
    inline.textContent = "window.injected = 1";
    document.body.append(inline);
    const handler = document.createElement("p");
    handler.setAttribute("onclick", "window.injected = 1");
    document.body.append(handler);
    handler.click();
    const fetched = await fetch("http://evil.example/").then(() => true, () => false);
    return (await refused) && !fetched && window.injected === undefined;
  });
  check(`${name}: the policy stops what escaping would have missed`, blocked && seen.requests.length === 0, seen.requests.join(" "));
  await context.close();
}

async function accessible(name) {
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      const { page, context } = await open(name, { theme, width, bypass: true });
      const rows = page.locator(".row");
      if (await rows.count()) {
        await rows.first().locator("summary").click();
        await page.waitForSelector(".row[open] .rest > *");
      }
      await page.addScriptTag({ content: axe });
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      const serious = violations.filter((violation) => ["serious", "critical"].includes(violation.impact));
      check(
        `${name} at ${width} ${theme}: no serious accessibility violation`,
        serious.length === 0,
        serious.map((v) => `${v.id} (${v.nodes.length}: ${v.nodes[0].html.slice(0, 160)} ${v.nodes[0].failureSummary ?? ""})`).join("\n  "),
      );
      await context.close();
    }
  }
}

async function works() {
  const { page, context, seen } = await open("few.html");
  const visible = () => page.locator(".row:visible").count();
  check("all rows are shown at first", (await visible()) === 20);
  await page.selectOption("[name=outcome]", "junk");
  await page.waitForFunction(() => document.querySelector(".shown").textContent.startsWith("3 of"));
  check("the outcome filter leaves the junk ones", (await visible()) === 3);
  await page.selectOption("[name=outcome]", "");
  await page.fill("[name=text]", "HIGH-confidence");
  await page.waitForFunction(() => document.querySelector(".shown").textContent.startsWith("2 of"));
  check("search finds a cause in any case", (await visible()) === 2);
  await page.fill("[name=text]", "");
  await page.selectOption("[name=sort]", "recipient");
  const sorted = page.waitForFunction(() => {
    const names = [...document.querySelectorAll(".row .who b")].map((node) => node.textContent);
    return JSON.stringify(names) === JSON.stringify([...names].sort());
  });
  check("sorting by recipient sorts", await sorted.then(() => true, () => false));
  quiet("few.html", seen);
  await context.close();

  const one = await open("one.html");
  const command = await one.page.locator(".command code").first().textContent();
  await one.page.locator(".copy").first().click();
  await one.page.waitForSelector(".copy.is-done");
  check("the copy button copies the command", (await one.page.evaluate(() => navigator.clipboard.readText())) === command.trimEnd());
  await one.context.close();
}

async function withoutScript() {
  const { page, context } = await open("few.html", { script: false });
  check("without script no control is shown that would do nothing", (await page.locator(".controls:visible, .copy:visible").count()) === 0);
  await page.locator(".row summary").nth(13).click();
  check("without script a row opens to its evidence", await page.locator(".row[open] .evidence").first().isVisible());
  await context.close();
  const big = await open("many.html", { script: false });
  await big.page.locator(".row summary").nth(13).click();
  check("without script a long list still tells each conclusion", await big.page.locator(".row[open] .headline").isVisible());
  await big.context.close();
}

async function large() {
  const size = statSync(join(pages, "many.html")).size;
  check("10,000 messages take less than 15 MB", size < 15e6, `${size} bytes`);
  const { page, context, seen, loaded } = await open("many.html");
  check("10,000 rows are there", (await page.locator(".row").count()) === 10_000);
  const row = page.locator("#m9999");
  await row.locator("summary").click();
  await row.locator(".evidence").first().waitFor();
  check("the last message opens to its own details", (await row.textContent()).includes("campaign/message-09999.eml"));
  const wide = await overflow(page);
  check("many.html: no horizontal scroll", wide === "", wide);
  quiet("many.html", seen);
  console.log(`many.html: ${(size / 1e6).toFixed(1)} MB, loaded in ${Math.round(loaded)} ms`);
  await context.close();
}

async function prints(name) {
  const { page, context } = await open(name, { theme: "dark" });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const colours = await page.evaluate(() => {
    const style = getComputedStyle(document.querySelector("section"));
    return [style.backgroundColor, style.color, getComputedStyle(document.documentElement).backgroundColor];
  });
  check(`${name}: prints dark on white, whatever the theme`, colours[0] === "rgb(255, 255, 255)" && colours[1] === "rgb(17, 17, 17)", colours.join(" "));
  if (screenshots) await page.pdf({ path: join(screenshots, `${name}.pdf`), format: "A4", printBackground: false });
  await context.close();
}

async function shoot(name) {
  for (const width of WIDTHS) {
    for (const theme of THEMES) {
      const { page, context } = await open(name, { width, theme });
      if (name === "few.html") await page.locator(".row summary").first().click();
      await page.screenshot({ path: join(screenshots, `${name}-${width}-${theme}.png`), fullPage: name !== "many.html" && !name.startsWith("hostile") });
      await context.close();
    }
  }
}

for (const name of ["hostile-one.html", "hostile-few.html", "hostile-many.html"]) await hostile(name);
await policy("one.html");
for (const name of ["one.html", "few.html", "hostile-few.html", "none.html"]) await accessible(name);
await works();
await withoutScript();
await large();
if (screenshots) {
  mkdirSync(screenshots, { recursive: true });
  for (const name of ["one.html", "few.html", "many.html", "hostile-one.html", "none.html"]) await shoot(name);
}
for (const name of ["one.html", "few.html"]) await prints(name);
await browser.close();
console.log(`${checks} checks, ${failures} failed`);
process.exitCode = failures ? 1 : 0;
