import { holdPort } from '../hold-port.ts';
import { type Cells, every, hidden, ofBase } from '../outcome.ts';
import { type Row, uncounted } from '../row.ts';
import type { Site } from '../site.ts';

type Place = 'base' | 'image';

/** What can be wrong with a registry as a host: nobody there, no trust, other hosts pushed forward. */
export function hostFaults(place: Place): readonly Row[] {
  const at = (cells: Cells): Cells => (place === 'base' ? ofBase(cells) : cells);
  return [
    {
      fault: 'does not accept connections',
      uncounted: true,
      inject: async (site) => {
        const port = Number(site[place].host.split(':').at(-1));
        await site[place].close();
        await holdPort(port);
        return uncounted;
      },
      cells: at(hidden('unreachable')),
    },
    {
      fault: 'ends every TLS handshake',
      uncounted: true,
      withoutTls: place,
      cells: place === 'base' ? { ...hidden('tls'), scan: 'not asked' } : hidden('tls'),
    },
    {
      fault: 'redirects to a host that has nothing',
      inject: redirecting(place, (site) => `${site.stranger.url}/v2/library/debian/manifests/12`),
      cells: at(hidden('refused')),
    },
    {
      fault: 'redirects to a host that is not there',
      inject: redirecting(place, () => 'http://127.0.0.1:1/'),
      cells: at(hidden('unreachable')),
    },
    {
      fault: 'redirects to a host that asks for credentials',
      inject: (site) => {
        site.stranger.inject({
          effect: { kind: 'status', status: 401, headers: { 'www-authenticate': 'Basic realm="stranger"' } },
        });
        return redirecting(place, (open) => `${open.stranger.url}/v2/library/debian/manifests/12`)(site);
      },
      cells: at(hidden('unauthorised')),
    },
    {
      fault: 'answers 503 at /v2/, and is well below it',
      inject: (site) => site[place].inject({ path: '/v2/', effect: { kind: 'status', status: 503 } }),
      cells: at(every('unaffected')),
    },
    {
      fault: 'answers 404 at /v2/, and is well below it',
      inject: (site) => site[place].inject({ path: '/v2/', effect: { kind: 'status', status: 404 } }),
      cells: at(every('unaffected')),
    },
  ];
}

function redirecting(place: Place, target: (site: Site) => string) {
  return (site: Site) =>
    site[place].inject({
      path: /^\/v2\/./,
      method: ['GET', 'HEAD'],
      effect: { kind: 'status', status: 307, headers: { location: target(site) } },
    });
}
