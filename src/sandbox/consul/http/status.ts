import { getLeaderAddress, listPeerAddresses } from '../reads.js';
import { jsonResponse } from './messages.js';
import type { Route } from './routes.js';

export const statusRoutes: readonly Route[] = [
  {
    path: 'status/leader',
    methods: ['GET'],
    answer: ({ server }, respond) => respond(jsonResponse(getLeaderAddress(server))),
  },
  {
    path: 'status/peers',
    methods: ['GET'],
    answer: ({ server }, respond) => respond(jsonResponse(listPeerAddresses(server))),
  },
];
