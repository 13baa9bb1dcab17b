/**
 * The script of the HTML report: filters and sorts what is there, zooms the picture, and finds findings over all images.
 * It adds text as text only, and everything can be read without it.
 */
export const script = String.raw`
'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const make = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className !== undefined) made.className = className;
    return made;
  };
  const ranks = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'];
  const collator = new Intl.Collator('en', { numeric: true });
  const compare = (a, b) => {
    const [x, y] = [ranks.indexOf(a), ranks.indexOf(b)];
    return x >= 0 && y >= 0 ? x - y : collator.compare(a, b);
  };

  // A heading becomes a button that sorts by its column, once up and once down.
  const sortable = (table, sort) => {
    for (const [index, heading] of [...table.tHead.rows[0].cells].entries()) {
      const button = make('button', heading.textContent, 'sort');
      button.type = 'button';
      heading.replaceChildren(button);
      button.addEventListener('click', () => {
        const down = heading.getAttribute('aria-sort') === 'ascending';
        for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
        heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        sort(index, down ? -1 : 1);
      });
    }
  };

  const images = () => {
    const table = byId('image-table')?.querySelector('table');
    if (!table) return;
    const [search, outcome, count] = ['image-search', 'image-outcome', 'image-count'].map(byId);
    const rows = [...table.tBodies[0].rows];
    const filter = () => {
      const wanted = search.value.toLowerCase();
      let shown = 0;
      for (const row of rows) {
        const isShown = row.textContent.toLowerCase().includes(wanted) &&
          (outcome.value === '' || row.cells[1].textContent === outcome.value);
        row.hidden = !isShown;
        shown += isShown ? 1 : 0;
        const card = row.cells[0].querySelector('a');
        if (card) byId(card.hash.slice(1)).hidden = !isShown;
      }
      count.textContent = shown === rows.length ? '' : shown + ' of ' + rows.length;
    };
    search.addEventListener('input', filter);
    outcome.addEventListener('change', filter);
    sortable(table, (index, way) => {
      const key = (row) => row.cells[index].querySelector('.bars b:last-of-type')?.textContent ?? row.cells[index].textContent;
      table.tBodies[0].append(...rows.sort((a, b) => way * compare(key(a), key(b))));
    });
    byId('image-tools').hidden = rows.length < 2;
  };

  const zoom = () => {
    const picture = document.querySelector('.lineage svg');
    if (!picture) return;
    const [width, height] = ['width', 'height'].map((name) => Number(picture.getAttribute(name)));
    let scale = 1;
    const set = (wanted) => {
      scale = Math.min(3, Math.max(0.25, wanted));
      picture.setAttribute('width', width * scale);
      picture.setAttribute('height', height * scale);
    };
    const buttons = make('p', undefined, 'tools');
    const fit = () => set((picture.parentElement.clientWidth - 4) / width);
    for (const [label, act] of [['Larger', () => set(scale * 1.25)], ['Smaller', () => set(scale / 1.25)], ['Fit', fit]]) {
      const button = make('button', label);
      button.type = 'button';
      button.addEventListener('click', act);
      buttons.append(button);
    }
    document.querySelector('.lineage').prepend(buttons);
  };

  const readFindings = () => {
    const found = [];
    for (const place of document.querySelectorAll('[data-image]')) {
      for (const part of place.querySelectorAll('[data-group]')) {
        const about = [place.dataset.image, part.dataset.group];
        for (const row of part.querySelectorAll('tbody tr')) {
          const [severity, id, name, , owner] = [...row.cells].map((cell) => cell.firstElementChild?.textContent ?? cell.textContent);
          found.push([severity, id, name, row.cells[3].textContent, owner, ...about]);
        }
        for (const line of part.querySelector('pre')?.textContent.split('\n') ?? []) {
          if (line === '') continue;
          const [severity, name, versions, owner, ids] = line.split('\t');
          for (const id of ids.split(', ')) found.push([severity, id, name, versions, owner, ...about]);
        }
      }
    }
    return found;
  };

  const titles = ['Severity', 'Finding', 'Package', 'Version', 'From', 'Image', 'State'];
  const step = 50;
  const findings = () => {
    const section = byId('explorer');
    if (!section) return;
    const [text, severity, group, fixable, count, more] = ['find-text', 'find-severity', 'find-group', 'find-fixable', 'find-count', 'find-more'].map(byId);
    const table = make('table');
    const header = table.createTHead().insertRow();
    for (const title of titles) {
      const heading = make('th', title);
      heading.scope = 'col';
      header.append(heading);
    }
    const body = table.createTBody();
    const box = make('div', undefined, 'scroll');
    box.tabIndex = 0;
    box.setAttribute('role', 'group');
    box.setAttribute('aria-label', 'Findings of all images');
    box.append(table);
    const cards = make('div', undefined, 'cards');
    cards.append(box);
    byId('find-table').append(cards);
    let all, matching = [], shown = 0;
    const show = () => {
      for (const finding of matching.slice(shown, shown + step)) {
        const row = body.insertRow();
        for (const [index, field] of finding.entries()) {
          const cell = row.insertCell();
          cell.dataset.label = titles[index];
          cell.append(index === 0 ? make('span', field, 'severity ' + (ranks.includes(field) ? field : 'unknown')) : make(index < 4 && index > 1 ? 'code' : 'span', field));
        }
      }
      shown = Math.min(matching.length, shown + step);
      more.hidden = shown === matching.length;
      count.textContent = matching.length.toLocaleString('en-GB') + ' of ' + all.length.toLocaleString('en-GB');
    };
    const fresh = () => {
      body.replaceChildren();
      shown = 0;
      show();
    };
    const filter = () => {
      all ??= readFindings();
      const wanted = text.value.toLowerCase();
      matching = all.filter((finding) => (severity.value === '' || finding[0] === severity.value) &&
        (group.value === '' || finding[6] === group.value) && (!fixable.checked || finding[3].includes('→')) &&
        finding.join('\t').toLowerCase().includes(wanted));
      fresh();
    };
    sortable(table, (index, way) => {
      matching.sort((a, b) => way * compare(a[index], b[index]));
      fresh();
    });
    for (const field of [text, severity, group, fixable]) field.addEventListener('input', filter);
    more.addEventListener('click', show);
    section.hidden = false;
    // The page is drawn first.
    (globalThis.requestIdleCallback ?? requestAnimationFrame)(filter);
  };

  // A link to a folded or filtered part opens it.
  const reveal = () => {
    const aim = byId(decodeURIComponent(location.hash.slice(1)));
    if (aim?.hidden) aim.hidden = false;
  };

  images();
  zoom();
  findings();
  addEventListener('hashchange', reveal);
})();
`;
