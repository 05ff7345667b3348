/** Who shops where, how the adapter is spoken to, and what goes wrong on the way. */
import type { FC } from 'hono/jsx';
import { DEMO_MEMBER, type Settings } from '../settings.ts';
import { FAULT_NAMES, type FaultName } from '../upstream.ts';
import { Action } from './frame.tsx';

export const ADAPTERS: Readonly<Record<Settings['adapter'], string>> = {
  configured: 'as set up here',
  reference: 'with the reference upstream',
};

interface Props {
  readonly settings: Settings;
  /** Null where there is none with a name; absent where the reference upstream does not run. */
  readonly fault: FaultName | null | undefined;
}

export const Switches: FC<Props> = ({ settings, fault }) => (
  <section id="switches" aria-labelledby="switches-title">
    <h2 id="switches-title">Switches</h2>
    <Action to="settings" class="switches auto" done="The switches are set.">
      <Customer settings={settings} />
      <fieldset>
        <legend>Contract</legend>
        <Choice name="contractVersion" values={{ v2: 'v2', v1: 'v1' }} chosen={settings.contractVersion} />
      </fieldset>
      <fieldset>
        <legend>Adapter</legend>
        <Choice name="adapter" values={ADAPTERS} chosen={settings.adapter} />
      </fieldset>
      <Pick name="useOffers" label="After the order, /use-offers is" values={TELLING} chosen={settings.useOffers} />
      <details id="more-switches">
        <summary>Headers, consents, delays</summary>
        <div class="fields">
          <Pick name="device" label="Device" values={DEVICES} chosen={settings.device} />
          <Text name="storeId" label="Store id" value={settings.storeId} />
          <Text name="storeRemoteId" label="Store remote id" value={settings.storeRemoteId} />
          <Text name="staffId" label="Staff id" value={settings.staffId} />
          <Text name="staffRemoteId" label="Staff remote id" value={settings.staffRemoteId} />
          <Text name="staffEmail" label="Staff e-mail" value={settings.staffEmail} />
          <Consent name="emailAllowed" label="May be e-mailed" isGiven={settings.customer.emailAllowed} />
          <Consent name="smsAllowed" label="May be texted" isGiven={settings.customer.smsAllowed} />
          <Consent name="callAllowed" label="May be called" isGiven={settings.customer.callAllowed} />
          <Text name="delayMs" label="Delay ms" value={String(settings.delayMs)} />
          <Pick
            name="priorityFirst"
            label="Applied first"
            values={{ lowest: 'the lowest priority', highest: 'the highest priority' }}
            chosen={settings.priorityFirst}
          />
        </div>
      </details>
      <button type="submit" class="apply">
        Set
      </button>
    </Action>
    {fault !== undefined && settings.adapter === 'reference' && (
      <Action to="fault" class="switches auto" done="The reference upstream was told.">
        <Pick
          name="fault"
          label="The reference upstream"
          values={{
            ...(fault === null && { '': 'has other faults' }),
            ...Object.fromEntries(FAULT_NAMES.map((name) => [name, name === 'none' ? 'works' : name])),
          }}
          chosen={fault ?? ''}
        />
        <button type="submit" class="apply">
          Set
        </button>
      </Action>
    )}
  </section>
);

const TELLING: Readonly<Record<Settings['useOffers'], string>> = {
  normal: 'sent once',
  repeat: 'sent twice, with one request id',
  double: 'sent twice at once, with two request ids',
  delay: 'sent late',
  drop: 'not sent, until you say so',
};

/** The contract leaves the values to the shop; these are common ones. */
const DEVICES = { default: 'default', web: 'web', ios: 'ios', android: 'android', kiosk: 'kiosk' };

const Customer: FC<{ settings: Settings }> = ({ settings: { customer } }) => {
  const isGuest = customer.phone === null && customer.email.length === 0;
  const shown = isGuest ? DEMO_MEMBER : customer;
  return (
    <fieldset class="customer">
      <legend>Customer</legend>
      <Choice name="who" values={{ guest: 'guest', member: 'member' }} chosen={isGuest ? 'guest' : 'member'} />
      <div class="fields member">
        <Text name="phone" label="Phone" value={shown.phone} />
        <Text name="email" label="E-mail" value={shown.email.join(', ')} />
      </div>
    </fieldset>
  );
};

const Choice: FC<{ name: string; values: Readonly<Record<string, string>>; chosen: string }> = (props) => (
  <span class="choice">
    {Object.entries(props.values).map(([value, label]) => (
      <label>
        <input
          id={`${props.name}-${value}`}
          type="radio"
          name={props.name}
          value={value}
          checked={value === props.chosen}
        />
        {label}
      </label>
    ))}
  </span>
);

const Pick: FC<{ name: string; label: string; values: Readonly<Record<string, string>>; chosen: string }> = (props) => (
  <label>
    <span>{props.label}</span>
    <select id={`set-${props.name}`} name={props.name}>
      {!(props.chosen in props.values) && (
        <option value={props.chosen} selected>
          {props.chosen}
        </option>
      )}
      {Object.entries(props.values).map(([value, label]) => (
        <option value={value} selected={value === props.chosen}>
          {label}
        </option>
      ))}
    </select>
  </label>
);

const Text: FC<{ name: string; label: string; value: string | null }> = ({ name, label, value }) => (
  <label>
    <span>{label}</span>
    <input id={`set-${name}`} name={name} value={value ?? ''} autocomplete="off" />
  </label>
);

const Consent: FC<{ name: string; label: string; isGiven: boolean }> = ({ name, label, isGiven }) => (
  <label class="consent">
    <input id={`set-${name}`} type="checkbox" name={name} checked={isGiven} />
    <span>{label}</span>
  </label>
);
