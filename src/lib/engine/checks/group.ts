import { isInPlace } from '../../model/intent.js';
import { findNotices } from '../decide/notices.js';
import { type DoctorCheck, fail, pass, warn } from './examine.js';

/** The checks of the group, and of what is going on with it. */
export const groupDoctorChecks: readonly DoctorCheck[] = [
  {
    name: 'no roll under way',
    about: 'A roll that is on record is carried on, not begun anew, and keeps its image and its strategy.',
    run: ({ isRollInProgress: underWay, intent, observation }) =>
      underWay
        ? warn(
            `roll ${intent.rollId} onto ${intent.imageId} is on record, going ${intent.direction}`,
            `carry on with it: consul-roll resume --cluster ${observation.cluster}`,
          )
        : pass('none on record'),
  },
  {
    name: 'lock is free',
    about: "One roll a cluster: the lock is a key in the cluster's own store.",
    run: ({ lock, observation }) => {
      if (lock === undefined) return pass('nobody holds it');
      if (lock === 'unknown')
        return warn('not known: it could not be read', 'see to it first that a server leads');
      const since = new Date(lock.sinceMs).toISOString();
      return fail(
        `${lock.holder} holds it since ${since}`,
        `see what they do: consul-roll status --cluster ${observation.cluster}; upgrade takes it from a process that is dead once it has not been renewed for ${Math.round(lock.ttlMs / 1000)} s`,
      );
    },
  },
  {
    name: 'group may launch',
    onlyBeforeRoll: true,
    about:
      'A suspended Launch process is carried over to the new group, and in place it would get no new server.',
    run: ({ observation: { old }, intent }) => {
      if (!old?.suspendedProcesses.includes('Launch')) return pass('Launch is not suspended');
      return warn(
        isInPlace(intent)
          ? 'its Launch process is suspended, and only in it can new servers be launched'
          : 'its Launch process is suspended, and the new group’s will be at the end of the roll',
        `resume it unless that is meant: aws autoscaling resume-processes --auto-scaling-group-name ${old.name} --scaling-processes Launch`,
      );
    },
  },
  {
    name: 'group is copied whole',
    onlyBeforeRoll: true,
    about:
      'What Auto Scaling does not let anybody copy stays behind with the old group, and a warm pool is made anew.',
    run: ({ observation, intent }) => {
      if (isInPlace(intent)) return pass('in place the group stays');
      const lost = findNotices(observation, intent).flatMap((notice) => {
        if (notice.kind === 'not-copied') return notice.what;
        return notice.kind === 'warm-pool' ? 'the warm pool is made anew' : [];
      });
      return lost.length === 0
        ? pass('nothing stays behind')
        : warn(
            lost.join('; '),
            'make it again on the new group after the roll, or roll with --strategy in-place',
          );
    },
  },
  {
    name: 'group launches what its servers run',
    onlyBeforeRoll: true,
    about: 'A group that launches the new image already would launch it on the way back too.',
    run: ({ observation, intent }) =>
      findNotices(observation, intent).some(({ kind }) => kind === 'already-launches-image')
        ? warn(
            `${observation.old?.name} launches ${intent.imageId} already, and its servers run another image`,
            'put the image of the servers back into its template before, or there is no way back by itself',
          )
        : pass(observation.old?.imageId ?? 'not known'),
  },
];
