/** What neither retention nor an erasure may touch. */

/** Something of the order may still have to be delivered: it is open, or it waits for a person. */
export const isUnsettled = (orderKey: string) => `(
  EXISTS (SELECT 1 FROM deliveries AS held WHERE held.order_key = ${orderKey} AND held.state <> 'done')
  OR EXISTS (SELECT 1 FROM used_discounts AS line
    WHERE line.order_key = ${orderKey} AND line.state IN ('due', 'dead', 'unrecognised')))`;
