-- Demo campaigns: one offer of every discount type for the basket of Akinon's own document, voucher codes, and a customer.
-- Loaded by `npm start` into an empty catalog, and only there.
WITH demo (
  id, discount_type, benefit_type, amount, percentage, max_discount, currency, voucher_code, condition_type,
  condition_value, extra_args, priority, notify, label, description, success_message, upsell_message
) AS (VALUES
  ('v2-spring-discount-2025', 'BASKET', 'percentage',
    NULL, '15', '25.50', 'TRY', NULL,
    NULL, NULL, NULL, 1, 0,
    '{"tr":"Bahar indirimi: %15","en":"Spring sale: 15% off","ar":"تخفيضات الربيع: 15%","ru":"Весенняя скидка 15%","de":"Frühlingsrabatt: 15 %","fr":"Soldes de printemps : 15 %"}',
    '{"tr":"Sepette %15, en çok 25,50 TL","en":"15% off the basket, 25.50 TRY at most"}',
    '{"tr":"{amount} {currency} kazandınız.","en":"You saved {amount} {currency}."}',
    '{}'),
  ('v2-loyalty-reward-2025', 'BASKET', 'fixed', '10.00', NULL, NULL, 'TRY', NULL, NULL, NULL, NULL, 2, 1,
    '{"tr":"Sadakat ödülü: 10 TL","en":"Loyalty reward: 10 TRY off","ar":"مكافأة الولاء: 10 ليرات","ru":"Бонус за верность: 10 TRY","de":"Treuebonus: 10 TRY","fr":"Récompense fidélité : 10 TRY"}',
    '{"tr":"Üyelere özel sepet indirimi","en":"Basket discount for members"}',
    '{"tr":"Sadakatiniz {amount} {currency} kazandırdı.","en":"Your loyalty saved you {amount} {currency}."}', '{}'),
  ('demo-free-shipping', 'SHIPPING', 'shipping_free', NULL, NULL, NULL, NULL, NULL, 'Amount', '1000', NULL, 3, 1,
    '{"tr":"Ücretsiz kargo","en":"Free shipping","ar":"شحن مجاني","ru":"Бесплатная доставка","de":"Versandkostenfrei","fr":"Livraison offerte"}',
    '{"tr":"1000 TL ve üzeri siparişlerde","en":"On orders of 1000 TRY or more"}',
    '{"tr":"Kargo bizden.","en":"Shipping is on us."}', '{}'),
  ('demo-welcome-points', 'LOYALTY_POINT', NULL, '50.00', NULL, NULL, NULL, NULL, NULL, NULL,
    '{"loyaltyData":{"benefitCoefficient":"1.5","validFrom":"2025-01-01","validUntil":"2035-12-31"}}', 4, 1,
    '{"tr":"50 puan","en":"50 points","ar":"50 نقطة","ru":"50 баллов","de":"50 Punkte","fr":"50 points"}',
    '{"tr":"Bu sepete sadakat puanı","en":"Loyalty points for this basket"}',
    '{"tr":"{amount} puan hesabınızda.","en":"{amount} points are yours."}', '{}'),
  ('demo-sample-kit', 'SAMPLE_PRODUCT', NULL, NULL, NULL, NULL, NULL, NULL, 'Quantity', '3',
    '{"sampleProducts":[{"id":12345},{"id":67890}],"allowedQuantity":2}', 5, 1,
    '{"tr":"Deneme boyu hediye","en":"Two free samples","ar":"عينتان مجانيتان","ru":"Два пробника в подарок","de":"Zwei Gratisproben","fr":"Deux échantillons offerts"}',
    '{"tr":"3 ürün ve üzeri","en":"From three products"}',
    '{"tr":"İki hediyenizi seçin.","en":"Choose your two gifts."}', '{}'),
  ('demo-next-order', 'DEFERRED', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    '{"data":{"coupon":"SAVE2025"}}', 6, 1,
    '{"tr":"Sonraki siparişe kupon","en":"A coupon for your next order","ar":"قسيمة لطلبك القادم","ru":"Купон на следующий заказ","de":"Gutschein für die nächste Bestellung","fr":"Un coupon pour la prochaine commande"}',
    '{"tr":"Sipariş sonrası geçerli","en":"Valid after this order"}',
    '{"tr":"Kuponunuz siparişten sonra hazır.","en":"Your coupon is ready after the order."}', '{}'),
  ('demo-member-points', 'POINT', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 7, 1,
    '{"tr":"Üye puanı","en":"Member points","ar":"نقاط الأعضاء","ru":"Баллы участника","de":"Mitgliedspunkte","fr":"Points membre"}',
    '{"tr":"Her siparişte puan","en":"Points with every order"}', '{}',
    '{"tr":"Üye olun, puan kazanın.","en":"Join and collect points."}'),
  ('demo-welcome-150', 'BASKET', 'fixed', '150.00', NULL, NULL, 'TRY', 'WELCOME150', 'Amount', '500', NULL, 8, 1,
    '{"tr":"Hoş geldin indirimi: 150 TL","en":"Welcome discount: 150 TRY off","ar":"خصم الترحيب: 150 ليرة","ru":"Приветственная скидка 150 TRY","de":"Willkommensrabatt: 150 TRY","fr":"Remise de bienvenue : 150 TRY"}',
    '{"tr":"500 TL ve üzeri sepetlerde WELCOME150 koduyla","en":"With the code WELCOME150, from 500 TRY"}',
    '{"tr":"Kodunuz {amount} {currency} kazandırdı.","en":"Your code saved {amount} {currency}."}', '{}')
)
INSERT INTO campaigns (
  id, discount_type, benefit_type, amount, percentage, max_discount, currency, voucher_code, condition_type,
  condition_value, extra_args, priority, notify, label, description, success_message, upsell_message,
  offer_type, start_datetime, end_datetime)
SELECT
  id, discount_type, benefit_type, amount, percentage, max_discount, currency, voucher_code, condition_type,
  condition_value, extra_args, priority, notify, label, description, success_message, upsell_message,
  iif(voucher_code IS NULL, 'automatic', 'coupon_code'), '2025-01-01T00:00:00Z', '2035-12-31T23:59:59Z'
FROM demo
WHERE NOT EXISTS (SELECT 1 FROM campaigns);

-- Voucher codes of the demo customer, of every kind and time. Like what follows, only where the campaigns above were just
-- loaded: what somebody removed does not come back.
WITH demo (
  id, discount_type, benefit_type, amount, percentage, currency, voucher_code, condition_value, start_datetime,
  end_datetime, label
) AS (VALUES
  ('demo-thanks-200', 'BASKET', 'fixed', '200.00', NULL, 'TRY', 'THANKS200', '1000', '2025-01-01T00:00:00Z',
    '2035-06-30T23:59:59Z',
    '{"tr":"Teşekkür indirimi","en":"Thank-you discount","ar":"خصم الشكر","ru":"Скидка в благодарность","de":"Dankeschön-Rabatt","fr":"Remise de remerciement"}'),
  ('demo-discount-20', 'BASKET', 'percentage', NULL, '20', 'TRY', 'DISCOUNT20', '300', '2025-01-01T00:00:00Z',
    '2035-09-30T23:59:59Z',
    '{"tr":"%20 indirim","en":"20% off","ar":"خصم 20%","ru":"Скидка 20%","de":"20 % Rabatt","fr":"20 % de remise"}'),
  ('demo-shipping-code', 'SHIPPING', 'shipping_free', NULL, NULL, NULL, 'FREESHIP', NULL, '2025-01-01T00:00:00Z',
    '2035-10-31T23:59:59Z',
    '{"tr":"Ücretsiz kargo","en":"Free shipping","ar":"شحن مجاني","ru":"Бесплатная доставка","de":"Versandkostenfrei","fr":"Livraison offerte"}'),
  ('demo-october-100', 'BASKET', 'fixed', '100.00', NULL, 'TRY', 'OCTOBER100', '500', '2024-10-01T00:00:00Z',
    '2024-10-31T23:59:59Z',
    '{"tr":"Ekim kampanyası","en":"October campaign","ar":"حملة أكتوبر","ru":"Октябрьская акция","de":"Oktober-Aktion","fr":"Campagne d’octobre"}'),
  ('demo-december-500', 'BASKET', 'fixed', '500.00', NULL, 'TRY', 'DECEMBER500', '2000', '2035-12-01T00:00:00Z',
    '2035-12-31T23:59:59Z',
    '{"tr":"Aralık kampanyası","en":"December campaign","ar":"حملة ديسمبر","ru":"Декабрьская акция","de":"Dezember-Aktion","fr":"Campagne de décembre"}')
)
INSERT INTO campaigns (
  id, discount_type, benefit_type, amount, percentage, currency, offer_type, voucher_code, condition_type,
  condition_value, start_datetime, end_datetime, label, priority)
SELECT
  id, discount_type, benefit_type, amount, percentage, currency, 'coupon_code', voucher_code,
  iif(condition_value IS NULL, NULL, 'Amount'), condition_value, start_datetime, end_datetime, label, 20
FROM demo
WHERE changes() > 0;

-- The customer: +90 555 000 00 01 and demo@example.com, hashed with the CUSTOMER_HASH_KEY of .dev.vars.example.
INSERT INTO campaign_customers (campaign_id, customer_hash)
SELECT campaign.value, customer.value
FROM json_each('["demo-welcome-150","demo-thanks-200","demo-discount-20","demo-shipping-code","demo-october-100","demo-december-500"]') AS campaign,
  json_each('["1f64e1337425cbcf38b5cb7795436e26ba710ba63d2edbddb9d56e7bf81e6bcd","6051c4da0decdc550bf7d5c6b9f82a70f7fdb58feea9aa767e0b74598b7aa223"]') AS customer
WHERE changes() > 0;
