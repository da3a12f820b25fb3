// Rows kept in step with entries: a row is made once, moved when its place changes, and only the
// texts that differ are written. Timers of all rows tick together.

export function element(tag, className = "", ...children) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children);
    return node;
}

// A text that is written only when it changes.
export function words() {
    return document.createTextNode("");
}

export function say(text, value) {
    if (text.data !== value) text.data = value;
}

export function mark(name = "ring") {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "mark");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(space, "use");
    use.setAttribute("href", `#mark-${name}`);
    svg.append(use);
    return svg;
}

export function setMark(svg, name) {
    setAttribute(svg.firstChild, "href", `#mark-${name}`);
}

export function setAttribute(node, name, value) {
    if (value === null || value === false) {
        if (node.hasAttribute(name)) node.removeAttribute(name);
    } else if (node.getAttribute(name) !== String(value)) {
        node.setAttribute(name, value);
    }
}

// The indexes of a longest rising series among `values`, those below 0 left out: the rows that need
// not move.
function longestRise(values) {
    const ends = [];  // of the best series of each length: the index of its last value
    const before = new Array(values.length);
    values.forEach((value, index) => {
        if (value < 0) return;
        let low = 0;
        for (let high = ends.length; low < high;) {
            const middle = (low + high) >> 1;
            if (values[ends[middle]] < value) low = middle + 1;
            else high = middle;
        }
        before[index] = low ? ends[low - 1] : -1;
        ends[low] = index;
    });
    const chosen = new Set();
    for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at]) chosen.add(at);
    return chosen;
}

// `make` returns {node, ...}; `fill` gets that and the entry. A row with `tick` is called each
// second with the time.
export class KeyedList {
    constructor(parent, make, fill) {
        Object.assign(this, {parent, make, fill});
        this.rows = new Map();
    }

    show(entries) {
        const wanted = new Set(entries.map((entry) => entry.key));
        for (const [key, row] of this.rows)
            if (!wanted.has(key)) {
                row.node.remove();
                this.rows.delete(key);
            }
        const places = new Map();
        for (let node = this.parent.firstChild; node; node = node.nextSibling)
            places.set(node, places.size);
        const rows = entries.map((entry) => {
            let row = this.rows.get(entry.key);
            if (!row) {
                row = this.make();
                this.rows.set(entry.key, row);
            }
            this.fill(row, entry);
            return row;
        });
        const staying = longestRise(rows.map((row) => places.get(row.node) ?? -1));
        let next = null;
        for (let index = rows.length - 1; index >= 0; --index) {
            if (!staying.has(index)) this.parent.insertBefore(rows[index].node, next);
            next = rows[index].node;
        }
    }

    tick(now) {
        for (const row of this.rows.values()) row.tick?.(now);
    }
}
