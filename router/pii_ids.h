/*
 * pii_ids.h - the checks that pii_rules.def names, in pii_ids_*.c by part of the world. Each gets n
 * characters in upper case without separators, as many as its patterns have, and says whether check
 * digits, dates and reserved ranges allow them. The methods are those of the issuing authorities.
 */
#ifndef PENSTOCK_ROUTER_PII_IDS_H
#define PENSTOCK_ROUTER_PII_IDS_H

#include <string.h>

#include "router/pii_internal.h"

/* clang-format off */
#define PII_ID_CHECKS(X) \
    X(ssn) X(itin) X(mbi) X(npi) X(aba) X(dea) X(vin) X(sin) X(cpf) X(cnpj) X(luhn) X(nhs) \
    X(nino) X(uk_licence) X(uk_plate) X(postcode) X(nif) X(nie) X(fiscal) X(it_vat) X(pesel) \
    X(de_tax) X(de_serial) X(icao) X(de_social) X(de_health) X(de_vat) X(nir) X(personnummer) \
    X(orgnummer) X(hetu) X(bsn) X(belgium) X(ahv) X(pt_nif) X(abn) X(acn) X(tfn) X(au_medicare) \
    X(pan) X(aadhaar) X(in_vehicle) X(in_passport) X(gstin) X(rrn) X(frn) X(brn) X(kr_passport) \
    X(kr_licence) X(nric) X(nric_form) X(uen_a) X(uen_b) X(uen_c) X(thai) X(tckn) X(za) X(china) \
    X(curp) X(rut) X(cuit) X(de_register) X(lanr) X(fodselsnummer) X(cpr) X(rodne_cislo) X(cnp) \
    X(oib) X(egn) X(baltic) X(ppsn) X(at_social) X(amka) X(rrn_new) X(hk_id) X(tw_id) \
    X(my_nric) X(jp_number) X(ng_nin) X(ng_plate) X(tr_plate) X(uscis) X(zip) X(uk_old_plate) \
    X(it_licence) X(in_diplomat)
/* clang-format on */

#define X(name) bool pii_check_##name(const char *c, size_t n);
PII_ID_CHECKS(X)
#undef X

static inline unsigned digit(char c)
{
    return (unsigned)(c - '0');
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline unsigned number(const char *text, size_t n)
{
    unsigned value = 0;
    for (size_t i = 0; i < n; i++)
        value = value * 10 + digit(text[i]);
    return value;
}

static inline uint64_t long_number(const char *text, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value * 10 + digit(text[i]);
    return value;
}

static inline unsigned weighted(const char *digits, const uint8_t *weights, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += digit(digits[i]) * weights[i];
    return sum;
}

static inline bool all_same(const char *text, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (text[i] != text[0])
            return false;
    return true;
}

static inline bool day_month(unsigned day, unsigned month)
{
    static const uint8_t days[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

#endif
