// The wallboard page on screens from a phone to a 4K wall: nothing overflows, and pictures of it.

import assert from "node:assert/strict";
import {mkdirSync} from "node:fs";
import {join} from "node:path";
import {after, before, test} from "node:test";

import {closeBrowser, openBrowser, scenes, stage} from "./stage.mjs";

const pictures = process.env.WALLBOARD_PICTURES;
const documents = process.env.WALLBOARD_DOCUMENTS;  // where the README's pictures are renewed

before(async () => {
    mkdirSync(pictures, {recursive: true});
    await openBrowser();
});
after(closeBrowser);

const screens = [[360, 640], [768, 1024], [1366, 768], [1920, 1080], [3840, 2160]];

// What sticks out of the page, or is cut off though it has no ellipsis.
function stickingOut() {
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) found.push(`page ${root.scrollWidth} wide`);
    const wall = matchMedia("(min-width: 64rem) and (min-height: 36rem)").matches;
    if (wall && root.scrollHeight > innerHeight) found.push(`page ${root.scrollHeight} high`);
    for (const node of document.querySelectorAll("body *")) {
        const box = node.getBoundingClientRect();
        if (!box.width || node.closest(".sprite, .unseen, .skip, option, svg")) continue;
        const name = `${node.tagName} ${node.className} '${node.textContent.slice(0, 30)}'`;
        if (box.right > innerWidth + 1 || box.left < -1) found.push(`${name} leaves the page`);
        const style = getComputedStyle(node);
        const scrolls = style.overflowX !== "visible" || style.clipPath !== "none";
        if (!scrolls && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0 &&
            style.display !== "inline")
            found.push(`${name} overflows: ${node.scrollWidth} in ${node.clientWidth}`);
        if (node.matches(".timer, .big, .digits, td, .state, .side, .more") &&
            node.scrollWidth > Math.ceil(box.width) + 1)
            found.push(`${name} is cut off`);
    }
    const figures = [...document.querySelectorAll(".figure")].filter((each) => each.offsetWidth)
        .map((each) => each.getBoundingClientRect());
    figures.forEach((one, index) => figures.slice(index + 1).forEach((other) => {
        if (one.right > other.left + 1 && other.right > one.left + 1 &&
            one.bottom > other.top + 1 && other.bottom > one.top + 1)
            found.push("figures overlap");
    }));
    return found;
}

for (const [width, height] of screens)
    for (const [name, scene] of Object.entries(scenes))
        test(`${name} at ${width}x${height}: nothing overflows`, async (t) => {
            const {page} = await stage(t, scene(), {width, height});
            await page.evaluate(() => document.fonts.ready);
            assert.deepEqual(await page.evaluate(stickingOut), []);
            await page.screenshot({path: join(pictures, `${name}-${width}x${height}.png`)});
        });

test("on a wall the figures and queues can be read from across the room", async (t) => {
    // 1080 lines on a 55" screen: 38 px are letters of 2 cm, read from 5 m.
    const {page} = await stage(t, scenes.normal());
    const sizes = await page.evaluate(() => [".big", "#queue-rows td", ".call", ".agent .name"].map(
        (selector) => parseFloat(getComputedStyle(document.querySelector(selector)).fontSize)));
    assert.ok(sizes[0] >= 76 && sizes[1] >= 34 && sizes[2] >= 24 && sizes[3] >= 24, `${sizes}`);
});

for (const colorScheme of ["light", "dark"])
    test(`a picture for the documents: ${colorScheme}`, async (t) => {
        const {page} = await stage(t, scenes.normal(), {
            colorScheme, width: 1600, height: 900, reducedMotion: "reduce"});
        await page.evaluate(() => document.fonts.ready);
        const name = colorScheme === "dark" ? "wallboard-dark.png" : "wallboard.png";
        await page.screenshot({path: join(documents ?? pictures, name)});
    });
