// The package exports only the extension's side of the channel.
import { channelManager } from '../../node_modules/azure-devops-extension-sdk/esm/XDM.js';

declare const window: { readonly loaded: { times: number } };
declare const location: { readonly origin: string };
declare const document: { querySelector(selector: string): { readonly contentWindow: never; src: string } };

/** Plays the page of Azure DevOps around the tab: handshake, services and token, over the real XDM channel. */
const frame = document.querySelector('iframe');
const channel = channelManager.addChannel(frame.contentWindow, location.origin);
channel.getObjectRegistry().register('DevOps.HostControl', {
  initialHandshake: () => ({
    contributionId: 'base-image-refresh.tab',
    context: {
      extension: {},
      user: {},
      host: {},
      pageContext: { webContext: { project: { id: 'p1', name: 'shop' }, team: { id: 't', name: 't' } } },
    },
  }),
  getAccessToken: () => ({ token: 't0ken' }),
  notifyLoadSucceeded: () => {
    window.loaded.times += 1;
  },
  notifyLoadFailed: () => {},
});
channel.getObjectRegistry().register('DevOps.ServiceManager', {
  getService: (id: string) =>
    id === 'ms.vss-build-web.build-page-data-service'
      ? { getBuildPageData: () => Promise.resolve({ build: { id: 7 } }) }
      : { getServiceLocation: () => Promise.resolve(`${location.origin}/acme/`) },
});
// The channel is open before the tab begins to talk.
frame.src = '/tab/index.html';
