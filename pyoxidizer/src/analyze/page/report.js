// The map of sizes, and sorting and filtering of the table of contents. All that is shown comes from the tables of
// the page, which serve without this, too.
(() => {
  const rows = [...document.querySelectorAll('#all tbody tr')];
  const tiles = document.getElementById('tiles');
  const crumbs = document.getElementById('crumbs');
  const tip = document.getElementById('tip');
  // Tiles smaller than this many pixels in one direction show nothing of what is in them.
  const SMALLEST = 3;
  const HEADER = 19;
  // Tiles smaller than this have no border, which would make them larger.
  const SPECK = 4;
  // Room that a tile needs for its name.
  const LABEL = { width: 34, height: 16 };
  const DEEPEST = 4;

  // A tree of { name, stored, unpacked, children, row, parent } from the rows: owner, packages, module.
  function tree() {
    const root = { name: document.querySelector('h1').textContent, children: new Map() };
    const classes = new Map();
    for (const row of document.querySelectorAll('.sizes tbody tr')) {
      const key = row.querySelector('.key');
      classes.set(key.nextSibling.textContent.trim(), key.classList[1]);
    }
    for (const row of rows) {
      const [name, owner] = [row.cells[0].textContent, row.cells[1].textContent];
      const kind = row.dataset.k;
      const path = kind === 'section' ? [name] : name.split(kind === 'module' || kind === 'package' ? '.' : '/');
      if (kind === 'package') path.push('__init__');
      let node = root;
      for (const part of [owner, ...path.slice(0, -1)]) {
        // A module may have the name of a folder beside it.
        const key = `/${part}`;
        if (!node.children.has(key)) {
          node.children.set(key, { name: part, children: new Map(), parent: node, look: node.look || classes.get(part) });
        }
        node = node.children.get(key);
      }
      const leaf = { name: path.at(-1), row, parent: node, look: node.look, children: new Map() };
      leaf.stored = Number(row.dataset.s);
      leaf.unpacked = Number(row.dataset.u);
      node.children.set(leaf, leaf);
    }
    return sum(root);
  }

  function put(element, box) {
    element.style.left = `${box.x}px`;
    element.style.top = `${box.y}px`;
    element.style.width = `${box.width}px`;
    element.style.height = `${box.height}px`;
    return element;
  }

  const hasRoom = (box) => box.width >= LABEL.width && box.height >= LABEL.height;

  // What is in a tile, to be seen and not to be clicked.
  function fill(element, node, box, depth) {
    const header = hasRoom(box) && box.height > 2 * HEADER ? HEADER : 0;
    const room = { x: 0, y: header, width: box.width - 2, height: box.height - header - 2 };
    if (!node.children.length || depth > DEEPEST || room.width < SMALLEST || room.height < SMALLEST) return;
    squarify(node.children, room, (child, place) => {
      if (place.width < SMALLEST || place.height < SMALLEST) return;
      const inner = document.createElement('span');
      inner.className = depth % 2 ? 'inner shade' : 'inner';
      if (hasRoom(place)) inner.textContent = child.name;
      element.append(put(inner, place));
      if (place.width > 4 * LABEL.width && place.height > 3 * HEADER) fill(inner, child, place, depth + 1);
    });
  }

  const root = tree();
  let current = root;

  function draw(focus) {
    tip.hidden = true;
    const box = { x: 0, y: 0, width: tiles.clientWidth, height: tiles.clientHeight };
    const drawn = [];
    squarify(current.children, box, (node, place) => {
      const tile = put(document.createElement('button'), place);
      tile.type = 'button';
      tile.className = `tile ${node.look || ''}`;
      if (place.width < SPECK || place.height < SPECK) tile.classList.add('speck');
      tile.setAttribute('aria-label', `${node.name}, ${size(node.stored)}`);
      tile.tabIndex = drawn.length ? -1 : 0;
      tile.node = node;
      fill(tile, node, place, 1);
      if (hasRoom(place)) {
        const label = document.createElement('span');
        label.className = 'label';
        label.append(node.name);
        if (place.width > 90) {
          const small = document.createElement('small');
          small.textContent = `  ${size(node.stored)}`;
          label.append(small);
        }
        if (node.children.length) label.style.bottom = 'auto';
        tile.append(label);
      }
      drawn.push(tile);
    });
    tiles.replaceChildren(...drawn);
    trail();
    if (focus) (drawn.find((tile) => tile.node === focus) || drawn[0])?.focus();
  }

  function trail() {
    const path = [];
    for (let node = current; node; node = node.parent) path.unshift(node);
    const parts = path.flatMap((node, index) => {
      const element = document.createElement(node === current ? 'b' : 'button');
      element.textContent = node === current ? `${node.name}  ${size(node.stored)}` : node.name;
      if (node !== current) {
        element.type = 'button';
        element.addEventListener('click', () => show(node, path[index + 1]));
      }
      return index ? ['›', element] : [element];
    });
    crumbs.replaceChildren(...parts);
  }

  function show(node, focus) {
    current = node;
    draw(focus || node.children[0]);
  }

  // A tile that holds others is opened; a single module or file is looked up in the table.
  function open(node) {
    if (node.children.length) {
      show(node);
    } else {
      input.value = node.row.cells[0].textContent;
      filter();
      document.getElementById('contents').scrollIntoView();
    }
  }

  const tileOf = (event) => event.target.closest('.tile');

  tiles.addEventListener('click', (event) => {
    const tile = tileOf(event);
    if (tile) open(tile.node);
  });

  // To the nearest tile in the direction of an arrow key.
  function step(tile, key) {
    const from = tile.getBoundingClientRect();
    const middle = (box) => [box.x + box.width / 2, box.y + box.height / 2];
    const [x, y] = middle(from);
    const along = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    let best = null;
    for (const other of tiles.children) {
      const [otherX, otherY] = middle(other.getBoundingClientRect());
      const ahead = (otherX - x) * along[0] + (otherY - y) * along[1];
      const aside = Math.abs((otherX - x) * along[1]) + Math.abs((otherY - y) * along[0]);
      if (other !== tile && ahead > 0.5 && (!best || ahead + 2 * aside < best.far)) {
        best = { tile: other, far: ahead + 2 * aside };
      }
    }
    if (best) {
      tile.tabIndex = -1;
      best.tile.tabIndex = 0;
      best.tile.focus();
    }
  }

  tiles.addEventListener('keydown', (event) => {
    const tile = tileOf(event);
    if (event.key.startsWith('Arrow') && tile) {
      event.preventDefault();
      step(tile, event.key);
    } else if ((event.key === 'Escape' || event.key === 'Backspace') && current.parent) {
      event.preventDefault();
      show(current.parent, current);
    }
  });

  function explain(tile, x, y) {
    const { node } = tile;
    const name = document.createElement('b');
    name.textContent = node.name;
    const share = `${((100 * node.stored) / root.stored).toFixed(1)} % of the file`;
    const lines = [`${size(node.stored)}, ${share}`];
    if (node.unpacked !== node.stored) lines.push(`${size(node.unpacked)} unpacked`);
    if (node.row) lines.push(node.row.cells[2].textContent);
    else lines.push(`${node.children.length} in it`);
    tip.replaceChildren(name, lines.join(' · '));
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const right = document.documentElement.clientWidth - box.width - 8;
    const below = y + 18 + box.height > window.innerHeight;
    tip.style.left = `${Math.max(8, Math.min(x + 12, right))}px`;
    tip.style.top = `${below ? Math.max(8, y - box.height - 12) : y + 18}px`;
  }

  tiles.addEventListener('pointermove', (event) => {
    const tile = tileOf(event);
    if (tile) explain(tile, event.clientX, event.clientY);
  });
  tiles.addEventListener('pointerleave', () => { tip.hidden = true; });
  tiles.addEventListener('focusin', (event) => {
    const tile = tileOf(event);
    if (!tile?.matches(':focus-visible')) return;
    const box = tile.getBoundingClientRect();
    explain(tile, box.x, box.y + Math.min(box.height, 24));
  });
  tiles.addEventListener('focusout', () => { tip.hidden = true; });

  const body = document.querySelector('#all tbody');
  const input = document.querySelector('#filter input');
  const output = document.querySelector('#filter output');
  const texts = rows.map((row) => `${row.cells[0].textContent} ${row.cells[1].textContent} ${row.cells[2].textContent}`.toLowerCase());

  function filter() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let [count, bytes] = [0, 0];
    rows.forEach((row, index) => {
      const shown = words.every((word) => texts[index].includes(word));
      row.hidden = !shown;
      if (shown) [count, bytes] = [count + 1, bytes + Number(row.dataset.s)];
    });
    output.textContent = `${count} of ${rows.length}, ${size(bytes)}`;
  }

  const VALUES = [
    (row) => row.cells[0].textContent,
    (row) => row.cells[1].textContent,
    (row) => row.cells[2].textContent,
    (row) => Number(row.dataset.s),
    (row) => Number(row.dataset.u),
  ];

  function sort(head, index) {
    const before = head.getAttribute('aria-sort');
    const isNumber = index > 2;
    const ascending = before ? before === 'descending' : !isNumber;
    for (const other of head.parentElement.cells) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
    const value = VALUES[index];
    const sorted = [...rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const order = x < y ? -1 : x > y ? 1 : 0;
      return ascending ? order : -order;
    });
    body.append(...sorted);
  }

  [...document.querySelectorAll('#all thead th')].forEach((head, index) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => sort(head, index));
    if (index === 3) head.setAttribute('aria-sort', 'descending');
  });
  document.getElementById('filter').hidden = false;
  input.addEventListener('input', filter);
  filter();

  document.getElementById('map').hidden = false;
  draw();
  let width = tiles.clientWidth;
  new ResizeObserver(() => {
    if (tiles.clientWidth !== width) {
      width = tiles.clientWidth;
      draw();
    }
  }).observe(tiles);
})();
