/* The query tree: root above, leaves below; a node's stage is its colour. */
import { hierarchy, tree as layOut } from 'd3-hierarchy';

const WIDTH = 220;
const HEIGHT = 84;
const SVG = 'http://www.w3.org/2000/svg';

export const count = number => Number(number || 0).toLocaleString('en');
export const time = ms => (ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${(ms || 0).toFixed(ms < 10 ? 1 : 0)} ms`);
export function bytes(size) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  for (size = size || 0; size >= 1024 && at + 1 < units.length; at++) size /= 1024;
  return `${size.toFixed(at ? 1 : 0)} ${units[at]}`;
}
const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function element(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
const line = (y, className, text) => element('text', { x: 14, y, class: className }, text);

/* The part of a stage's tasks that have begun, which is what the bar shows. */
function partBegun(node, stages, state) {
  if (state === 'done') return 1;
  const stage = stages.find(candidate => candidate.id === node.stage);
  return stage && stage.tasks ? Math.min(1, new Set((node.instances || []).map(instance => instance.task)).size / stage.tasks) : 0;
}

function drawNode(point, tree, chosen, choose) {
  const node = point.data;
  const shared = node.ref !== undefined;
  const title = shared ? `node ${node.ref}, shared` : node.type;
  const group = element('g', {
    class: `node${chosen === node.id ? ' chosen' : ''}`, transform: `translate(${point.x - WIDTH / 2},${point.y})`, tabindex: 0,
    role: 'button', 'data-node': node.id ?? '', 'aria-label': `${title} ${node.label || ''}, ${count(node.rows_out)} rows`,
  },
  element('title', {}, `${title} ${node.label || ''}${node.predicate ? ` where ${node.predicate}` : ''}`),
  element('rect', { class: 'box', width: WIDTH, height: HEIGHT, rx: 6 }),
  element('rect', { class: node.stage == null ? 'none' : `s${node.stage % 6}`, width: 5, height: HEIGHT, rx: 2 }),
  line(20, 'strong', node.stage == null ? title : `${title} · stage ${node.stage}`),
  line(38, '', short(node.label || '', 28)));
  if (!shared) {
    const told = node.instances?.length > 0;
    const expected = node.estimated_rows != null && tree.state !== 'done' ? `about ${count(node.estimated_rows)} rows expected` : '';
    group.append(line(56, 'quiet', told ? `${count(node.rows_out)} rows · ${time(node.time_ms)}` : expected),
      element('rect', { class: 'track', x: 14, y: 68, width: WIDTH - 28, height: 5, rx: 2 }),
      element('rect', { class: node.stage == null ? 'none' : `s${node.stage % 6}`, x: 14, y: 68, rx: 2, height: 5,
        width: (WIDTH - 28) * partBegun(node, tree.stages, tree.state) }));
  }
  const act = () => choose(node);
  group.addEventListener('click', act);
  group.addEventListener('keydown', event => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); act(); } });
  return group;
}

function describe(node, place) {
  const text = (name, ...children) => { const made = document.createElement(name); made.append(...children); return made; };
  place.replaceChildren();
  if (!node || node.ref !== undefined) return;
  place.append(text('p', text('strong', node.type), ` ${node.label || ''}`));
  if (node.predicate) place.append(text('p', `where ${node.predicate}`));
  place.append(text('p', `${count(node.rows_in)} rows in, ${count(node.rows_out)} out, ${bytes(node.bytes)}, ${time(node.time_ms)}, ` +
    `${bytes(node.memory_bytes)} of memory${node.spilled_bytes ? `, ${bytes(node.spilled_bytes)} spilled` : ''}`));
  if (!node.instances?.length) return;
  const head = text('thead', text('tr', ...['Node', 'Task', 'Rows in', 'Rows out', 'Bytes', 'Time'].map(name => text('th', name))));
  const body = text('tbody', ...node.instances.slice(0, 200).map(instance => text('tr', ...[instance.node, instance.task,
    count(instance.rows_in), count(instance.rows_out), bytes(instance.bytes), time(instance.time_ms)].map(value => text('td', String(value))))));
  place.append(text('table', head, body));
}

export function makeTree(picture, details) {
  let chosen = null;
  let shown = null;
  const draw = tree => {
    shown = tree;
    const root = layOut().nodeSize([WIDTH + 24, HEIGHT + 34])(hierarchy(tree.root, node => node.children));
    const points = root.descendants();
    const left = Math.min(...points.map(point => point.x)) - WIDTH / 2 - 16;
    const right = Math.max(...points.map(point => point.x)) + WIDTH / 2 + 16;
    const bottom = Math.max(...points.map(point => point.y)) + HEIGHT + 16;
    const svg = element('svg', { viewBox: `${left} -16 ${right - left} ${bottom + 16}`, width: right - left, height: bottom + 16 });
    const focused = document.activeElement?.dataset?.node;
    const choose = node => { chosen = node.id; draw(shown); };
    for (const { source, target } of root.links())
      svg.append(element('path', { d: `M${target.x} ${target.y}C${target.x} ${target.y - 17} ${source.x} ${target.y - 17} ${source.x} ${source.y + HEIGHT}` }));
    for (const point of points) svg.append(drawNode(point, tree, chosen, choose));
    const { scrollLeft, scrollTop } = picture;
    const first = !picture.firstChild;
    picture.replaceChildren(svg);
    picture.scrollTo(first ? (svg.clientWidth - picture.clientWidth) / 2 : scrollLeft, scrollTop);
    if (focused) svg.querySelector(`[data-node="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    describe(points.find(point => point.data.id === chosen)?.data, details);
  };
  return { draw, clear: () => { chosen = null; picture.replaceChildren(); details.replaceChildren(); } };
}
