import { leaderOf, peersOf } from '../reads.js';
import { json } from './messages.js';
import type { Route } from './routes.js';

export const statusRoutes: readonly Route[] = [
  {
    path: 'status/leader',
    methods: ['GET'],
    answer: ({ server }, respond) => respond(json(leaderOf(server))),
  },
  { path: 'status/peers', methods: ['GET'], answer: ({ server }, respond) => respond(json(peersOf(server))) },
];
