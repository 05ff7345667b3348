import { describe, expect, it } from 'vitest';
import { anOffersRequest, aUsageRequest, rows } from '../support/builders.ts';
import { aTestApp, BASIC, errorsOf } from '../support/http.ts';

const basic = (userPass: string) => {
  const bytes = new TextEncoder().encode(userPass);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
};

async function statusFor(authorization: string | null, env: Record<string, unknown> = {}): Promise<number> {
  return (await aTestApp({ env }).post('/offers', anOffersRequest(), { authorization })).status;
}

describe('Basic auth on /offers and /use-offers', () => {
  it.each([
    ['the right credentials', BASIC],
    ['the scheme in lower case', BASIC.replace('Basic', 'basic')],
    ['the scheme in upper case and spaces around', BASIC.replace('Basic ', 'BASIC   ')],
  ])('lets %s in', async (_name, authorization) => {
    expect(await statusFor(authorization)).toBe(200);
  });

  it.each([
    ['no header', null],
    ['another scheme', BASIC.replace('Basic', 'Bearer')],
    ['a wrong password', basic('akinon:wrong')],
    ['an unknown user', basic('nobody:correct:horse')],
    ['only the first part of a password with a colon', basic('akinon:correct')],
    ['broken base64', 'Basic %%%'],
    ['base64 cut short', 'Basic YWtpbm9uOmNvcnJlY3Q6aG9yc'],
    ['no colon', basic('akinon')],
    ['nothing after the scheme', 'Basic '],
    ['an empty user and password', basic(':')],
    ['the password with a space more', basic('akinon:correct:horse ')],
  ])('answers 401 with a challenge to %s', async (_name, authorization) => {
    const response = await aTestApp().post('/offers', anOffersRequest(), { authorization });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect(await errorsOf(response)).toEqual([['authentication_failed', '']]);
  });

  it('takes credentials in UTF-8', async () => {
    const env = { AKINON_USERNAME: 'akınon', AKINON_PASSWORD: 'şifre🔑' };
    expect(await statusFor(basic('akınon:şifre🔑'), env)).toBe(200);
    expect(await statusFor(basic('akinon:sifre'), env)).toBe(401);
  });

  it('takes the previous password while a rotation lasts, and only then', async () => {
    const rotating = { AKINON_PASSWORD: 'new', AKINON_PASSWORD_PREVIOUS: 'old' };
    expect(await statusFor(basic('akinon:new'), rotating)).toBe(200);
    expect(await statusFor(basic('akinon:old'), rotating)).toBe(200);
    expect(await statusFor(basic('akinon:older'), rotating)).toBe(401);
    expect(await statusFor(basic('akinon:old'), { AKINON_PASSWORD: 'new' })).toBe(401);
  });

  it('never takes an empty previous password for a password', async () => {
    expect(await statusFor(basic('akinon:'), { AKINON_PASSWORD_PREVIOUS: '' })).toBe(401);
  });

  it.each([
    ['the password is unset', { AKINON_PASSWORD: undefined }],
    ['the password is empty', { AKINON_PASSWORD: '' }],
    ['the user name is unset', { AKINON_USERNAME: undefined }],
    ['the user name holds a colon', { AKINON_USERNAME: 'a:b' }],
  ])('lets nobody in while %s', async (_name, env) => {
    for (const authorization of [BASIC, basic('akinon:'), basic(':'), basic('undefined:undefined'), null]) {
      for (const [path, body] of [
        ['/offers', anOffersRequest()],
        ['/use-offers', aUsageRequest()],
      ] as const) {
        const response = await aTestApp({ env }).post(path, body, { authorization });
        expect([response.status, await errorsOf(response)]).toEqual([503, [['misconfigured', '']]]);
        expect(response.headers.get('retry-after')).not.toBeNull();
      }
    }
  });

  it('decides before it reads the body: 20 MB with bad credentials stay unread', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled++;
          if (pulled > 320) controller.close();
          else controller.enqueue(new Uint8Array(65_536));
        },
      },
      { highWaterMark: 0 },
    );
    const response = await aTestApp().post('/use-offers', body, { authorization: basic('akinon:wrong') });
    expect([response.status, pulled]).toEqual([401, 0]);
    expect(await rows('SELECT * FROM refused_requests')).toEqual([]);
  });

  it('decides before it looks at headers', async () => {
    const response = await aTestApp().post('/offers', '{', { authorization: null, 'x-akinon-request-id': null });
    expect(response.status).toBe(401);
  });
});
