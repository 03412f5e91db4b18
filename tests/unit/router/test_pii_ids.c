#include "pii_test.h"

#include <ctype.h>

#include "router/pii_internal.h"

/* Numbers drawn at random and completed with their check digits; nobody's. */

static void test_money(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"4539148803436467", PII_CREDIT_CARD, "4539148803436467", 0.8F, true},
        {"card 4539 1488 0343 6467 exp 12/29", PII_CREDIT_CARD, "4539 1488 0343 6467", 0.95F, true},
        {"4539-1488-0343-6467", PII_CREDIT_CARD, "4539-1488-0343-6467", 0.8F, true},
        {"amex 3782 822463 10005", PII_CREDIT_CARD, "3782 822463 10005", 0.5F, false},
        {"pay with 4111 1111 1111 1111", PII_CREDIT_CARD, "4111 1111 1111 1111", 0.5F, false},
        {"GB33BUKB20201555555555", PII_IBAN_CODE, "GB33BUKB20201555555555", 0.9F, true},
        {"iban: gb33 bukb 2020 1555 5555 55", PII_IBAN_CODE, "gb33 bukb 2020 1555 5555 55", 0.9F,
         true},
        {"DE89 3704 0044 0532 0130 00", PII_IBAN_CODE, "DE89 3704 0044 0532 0130 00", 0.5F, false},
        {"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", PII_CRYPTO, "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
         0.9F, true},
        {"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", PII_CRYPTO,
         "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", 0.9F, true},
        {"routing 121000358", PII_ABA_ROUTING_NUMBER, "121000358", 0.8F, true},
        {"account number 483920174", PII_US_BANK_NUMBER, "483920174", 0.5F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"card 4539 1488 0343 6468", PII_CREDIT_CARD},
        {"9999148803436467", PII_CREDIT_CARD},
        {"415 555 0132 212 555 0199", PII_CREDIT_CARD},
        {"id 45391488034364671234567", PII_CREDIT_CARD},
        {"0.4539148803436467", PII_CREDIT_CARD},
        {"GB33BUKB20201555555556", PII_IBAN_CODE},
        {"GB33BUKB202015555555", PII_IBAN_CODE},
        {"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLz", PII_CRYPTO},
        {"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp", PII_CRYPTO},
        {"routing 121000359", PII_ABA_ROUTING_NUMBER},
    };
    check_negatives(none, COUNT(none));
}

static void test_america(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"219-45-6780", PII_US_SSN, "219-45-6780", 0.6F, true},
        {"219 45 6780", PII_US_SSN, "219 45 6780", 0.6F, true},
        {"my ssn is 219456780", PII_US_SSN, "219456780", 0.8F, true},
        {"219456780 is her social security number", PII_US_SSN, "219456780", 0.8F, true},
        {"\"ssnNumber\": \"219456780\"", PII_US_SSN, "219456780", 0.8F, true},
        {"SSN: 123-45-6789", PII_US_SSN, "123-45-6789", 0.5F, false},
        {"ITIN 912-73-4567", PII_US_ITIN, "912-73-4567", 0.8F, true},
        {"passport A12345678", PII_US_PASSPORT, "A12345678", 0.7F, false},
        {"Medicare 1EG4-TE5-MK72", PII_US_MBI, "1EG4-TE5-MK72", 0.6F, false},
        {"2AC9-WD4-HN61", PII_US_MBI, "2AC9-WD4-HN61", 0.5F, true},
        {"NPI 1245319599", PII_US_NPI, "1245319599", 0.8F, true},
        {"DEA number BB1388568", PII_MEDICAL_LICENSE, "BB1388568", 0.9F, true},
        {"driver's license D1234567", PII_US_DRIVER_LICENSE, "D1234567", 0.6F, false},
        {"SIN 046 454 286", PII_CA_SIN, "046 454 286", 0.9F, true},
        {"046 454 286", PII_CA_SIN, "046 454 286", 0.5F, false},
        {"CPF 390.533.447-05", PII_BR_CPF, "390.533.447-05", 0.9F, true},
        {"VIN 1HGCM82633A004352", PII_VEHICLE_IDENTIFICATION_NUMBER, "1HGCM82633A004352", 0.9F,
         true},
        {"MRN: 48221193", PII_MEDICAL_RECORD_NUMBER, "48221193", 0.8F, true},
        {"medical record number is A-48-2211", PII_MEDICAL_RECORD_NUMBER, "A-48-2211", 0.8F, true},
        {"Member ID: XKW448210", PII_HEALTH_PLAN_NUMBER, "XKW448210", 0.6F, false},
        {"Docket No. 21-1842", PII_CASE_NUMBER, "21-1842", 0.5F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"ssn 000-45-6780", PII_US_SSN},
        {"ssn 666-45-6780", PII_US_SSN},
        {"ssn 219-00-6780", PII_US_SSN},
        {"ssn 219-45-0000", PII_US_SSN},
        {"part 219-45-6780-22", PII_US_SSN},
        {"219456780 apples", PII_US_SSN},
        {"912-69-4567", PII_US_ITIN},
        {"NPI 1245319598", PII_US_NPI},
        {"DEA number BB1388569", PII_MEDICAL_LICENSE},
        {"SIN 123 456 789", PII_CA_SIN},
        {"CPF 390.533.447-06", PII_BR_CPF},
        {"VIN 1HGCM82643A004352", PII_VEHICLE_IDENTIFICATION_NUMBER},
        {"the medical record of 2021", PII_MEDICAL_RECORD_NUMBER},
    };
    check_negatives(none, COUNT(none));
}

static void test_europe(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"NHS 943 476 5919", PII_UK_NHS, "943 476 5919", 0.9F, true},
        {"NINO: AB 12 34 57 C", PII_UK_NINO, "AB 12 34 57 C", 0.9F, true},
        {"AB123457C", PII_UK_NINO, "AB123457C", 0.5F, false},
        {"DNI 55555555K", PII_ES_NIF, "55555555K", 0.9F, true},
        {"12345678-Z", PII_ES_NIF, "12345678-Z", 0.3F, false},
        {"Z8078221M", PII_ES_NIE, "Z8078221M", 0.7F, true},
        {"RSSMRA85T10A562S", PII_IT_FISCAL_CODE, "RSSMRA85T10A562S", 0.8F, true},
        {"partita IVA 00743110157", PII_IT_VAT_CODE, "00743110157", 0.8F, true},
        {"PESEL 44051401359", PII_PL_PESEL, "44051401359", 0.9F, true},
        {"Steuer-ID 36 574 261 809", PII_DE_TAX_ID, "36 574 261 809", 0.9F, true},
        {"1 84 12 76 451 089 46", PII_FR_NIR, "1 84 12 76 451 089 46", 0.8F, true},
        {"131052-308T", PII_FI_PERSONAL_IDENTITY_CODE, "131052-308T", 0.7F, true},
        {"personnummer 811228-9874", PII_SE_PERSONNUMMER, "811228-9874", 0.9F, true},
        {"BSN 111222333", PII_NL_BSN, "111222333", 0.9F, true},
        {"85.07.30-033.28", PII_BE_NATIONAL_NUMBER, "85.07.30-033.28", 0.8F, true},
        {"AHV 756.9217.0769.85", PII_CH_AHV, "756.9217.0769.85", 0.9F, true},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"NHS 943 476 5918", PII_UK_NHS},
        {"QQ123457C", PII_UK_NINO},
        {"DNI 55555555L", PII_ES_NIF},
        {"Z8078221N", PII_ES_NIE},
        {"RSSMRA85T10A562T", PII_IT_FISCAL_CODE},
        {"IVA 00743110158", PII_IT_VAT_CODE},
        {"PESEL 44051401358", PII_PL_PESEL},
        {"Steuer-ID 36574261808", PII_DE_TAX_ID},
        {"NIR 184127645108947", PII_FR_NIR},
        {"131052-308U", PII_FI_PERSONAL_IDENTITY_CODE},
        {"811228-9875", PII_SE_PERSONNUMMER},
        {"BSN 111222334", PII_NL_BSN},
        {"AHV 756.9217.0769.84", PII_CH_AHV},
    };
    check_negatives(none, COUNT(none));
}

static void test_asia_africa_australia(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"PAN BNZPM2501F", PII_IN_PAN, "BNZPM2501F", 0.9F, true},
        {"Aadhaar 2341 2341 2346", PII_IN_AADHAAR, "2341 2341 2346", 0.9F, true},
        {"NRIC S2740116C", PII_SG_NRIC_FIN, "S2740116C", 0.9F, true},
        {"TC Kimlik 10000000146", PII_TR_NATIONAL_ID, "10000000146", 0.9F, true},
        {"South African ID 8001015009087", PII_ZA_ID_NUMBER, "8001015009087", 0.9F, true},
        {"11010519491231002X", PII_CN_RESIDENT_ID, "11010519491231002X", 0.8F, true},
        {"ABN 51 824 753 556", PII_AU_ABN, "51 824 753 556", 0.9F, true},
        {"TFN 876 543 210", PII_AU_TFN, "876 543 210", 0.5F, true},
        {"RODNÉ ČÍSLO 736028/5163", PII_CZ_RODNE_CISLO, "736028/5163", 0.9F, true},
        {"ACN 004 085 616", PII_AU_ACN, "004 085 616", 0.9F, true},
        {"Medicare 2123 45670 1", PII_AU_MEDICARE, "2123 45670 1", 0.9F, true},
        {"plate KA 05 MH 1234", PII_IN_VEHICLE_REGISTRATION, "KA 05 MH 1234", 0.8F, false},
        {"PAN BNZXM2501F", PII_IN_PAN, "BNZXM2501F", 0.4F, false}, /* the shape alone */
        {"NRIC G1122144L", PII_SG_NRIC_FIN, "G1122144L", 0.4F, false},
        {"nino: PR 123612C", PII_UK_NINO, "PR 123612C", 0.9F, true},
        {"NHS 221 395 1837", PII_UK_NHS, "221 395 1837", 0.9F, true},
        {"8112189876", PII_SE_PERSONNUMMER, "8112189876", 0.4F, false},
        {"KVNR A123456780", PII_DE_HEALTH_INSURANCE, "A123456780", 0.9F, true},
        {"Kennzeichen B-AB 1234", PII_DE_LICENSE_PLATE, "B-AB 1234", 0.8F, false},
        {"M-XY 99E", PII_DE_LICENSE_PLATE, "M-XY 99E", 0.4F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"Aadhaar 2341 2341 2347", PII_IN_AADHAAR},
        {"TC Kimlik 10000000147", PII_TR_NATIONAL_ID},
        {"South African ID 8001015009088", PII_ZA_ID_NUMBER},
        {"110105194912310021", PII_CN_RESIDENT_ID},
        {"ABN 51 824 753 557", PII_AU_ABN},
        {"ACN 004 085 617", PII_AU_ACN},
    };
    check_negatives(none, COUNT(none));
}

/* Every shape that the issuers and those who copy from them write, and how lists are written. */
static void test_shapes(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"2ac9-wd4-hn61", PII_US_MBI, "2ac9-wd4-hn61", 0.5F, true},
        {"morga657054sm9ij", PII_UK_DRIVING_LICENCE, "morga657054sm9ij", 0.5F, false},
        {"tax 912734567", PII_US_ITIN, "912734567", 0.8F, true},
        {"driver license 482913", PII_US_DRIVER_LICENSE, "482913", 0.4F, false},
        {"licence: DOE**MJ501P1", PII_US_DRIVER_LICENSE, "DOE**MJ501P1", 0.7F, false},
        {"AA1B2**9ABA7 left", PII_US_DRIVER_LICENSE, "AA1B2**9ABA7", 0.4F, false},
        {"pasaporte aac445566", PII_ES_PASSPORT, "aac445566", 0.7F, false},
        {"0818 4590 308", PII_IT_VAT_CODE, "0818 4590 308", 0.4F, false},
        {"p.iva 0473381 051 1", PII_IT_VAT_CODE, "0473381 051 1", 0.9F, true},
        {"p.iva 0038673_0246.", PII_IT_VAT_CODE, "0038673_0246", 0.9F, true},
        {"documento AX 7654321", PII_IT_IDENTITY_CARD, "AX 7654321", 0.6F, false},
        {"cie: AX12345YZ", PII_IT_IDENTITY_CARD, "AX12345YZ", 0.6F, false},
        {"St.-Nr.: 5133081508159", PII_DE_TAX_NUMBER, "5133081508159", 0.7F, false},
        {"Personalausweis: LJGCG3NT3", PII_DE_ID_CARD, "LJGCG3NT3", 0.7F, false},
        {"steht dort: MÜ-AB 12", PII_DE_LICENSE_PLATE, "MÜ-AB 12", 0.4F, false},
        {"Kennzeichen SÜW-A 7", PII_DE_LICENSE_PLATE, "SÜW-A 7", 0.8F, false},
        {"ka53me3456", PII_IN_VEHICLE_REGISTRATION, "ka53me3456", 0.4F, false},
        {"DL1C1234", PII_IN_VEHICLE_REGISTRATION, "DL1C1234", 0.4F, false},
        {"vehicle 77CD12", PII_IN_VEHICLE_REGISTRATION, "77CD12", 0.7F, false},
        {"vehicle 155UN123", PII_IN_VEHICLE_REGISTRATION, "155UN123", 0.7F, false},
        {"plaka 34A12345", PII_TR_LICENSE_PLATE, "34A12345", 0.7F, false},
        {"rodné číslo 8002109973", PII_CZ_RODNE_CISLO, "8002109973", 0.9F, true},
        {"EIN 12-4839201", PII_ACCOUNT_NUMBER, "12-4839201", 0.5F, false},
        {"license plate 7ABC123", PII_VEHICLE_IDENTIFICATION_NUMBER, "7ABC123", 0.5F, false},
        {"plate # KJL-4410", PII_VEHICLE_IDENTIFICATION_NUMBER, "KJL-4410", 0.5F, false},
        {"a NY plate HBX 4821 was", PII_VEHICLE_IDENTIFICATION_NUMBER, "HBX 4821", 0.5F, false},
        {"badge #88231", PII_ACCOUNT_NUMBER, "88231", 0.7F, false},
        {"My student number is 20184471", PII_ACCOUNT_NUMBER, "20184471", 0.7F, false},
        {"Emirates ID 784-1987-1234567-1", PII_ACCOUNT_NUMBER, "784-1987-1234567-1", 0.7F, false},
        {"СНИЛС 112-233-445 95", PII_ACCOUNT_NUMBER, "112-233-445 95", 0.7F, false},
        {"ΑΦΜ 094014201", PII_ACCOUNT_NUMBER, "094014201", 0.7F, false},
        {"RUT 282046865", PII_CL_RUT, "282046865", 0.9F, true},
        {"CUIT 30845123396", PII_AR_CUIT, "30845123396", 0.9F, true},
        {"MyKad 870920044962", PII_MY_NRIC, "870920044962", 0.8F, false},
        {"ЕГН 5902049167", PII_BG_EGN, "5902049167", 0.9F, true},
        {"ΑΜΚΑ 11107230010", PII_GR_AMKA, "11107230010", 0.9F, true},
        {"תעודת זהות 271960577", PII_IL_ID_NUMBER, "271960577", 0.8F, true},
        {"SIN 046 454 286", PII_CA_SIN, "046 454 286", 0.9F, true},
        /* one behind the other */
        {"SSN/DOB: 219-45-6780/04-12-1987", PII_US_SSN, "219-45-6780", 0.9F, true},
        {"219-45-6780:Joan", PII_US_SSN, "219-45-6780", 0.7F, true},
        {"PAN/Aadhaar BNZPM2501F/4991 1866 5246", PII_IN_PAN, "BNZPM2501F", 0.9F, true},
        {"PAN/Aadhaar BNZPM2501F/4991 1866 5246", PII_IN_AADHAAR, "4991 1866 5246", 0.9F, true},
        {"429 085 9046 663 150 0362", PII_UK_NHS, "663 150 0362", 0.5F, false},
        {"681 979 029 815569716", PII_AU_TFN, "681 979 029", 0.4F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"PLZ 00000", PII_POSTAL_CODE},
        {"GET /v1/429085904/4290859046/x", PII_UK_NHS},
        {"4290859046/2", PII_UK_NHS},
        {"a/219-45-6780/b", PII_US_SSN},
        {"a plate 12345 wide", PII_VEHICLE_IDENTIFICATION_NUMBER},
        {"plate 12inch2", PII_VEHICLE_IDENTIFICATION_NUMBER},
        {"plate AB12-448213", PII_VEHICLE_IDENTIFICATION_NUMBER},
        {"Member ID: W123456789", PII_TW_ID_NUMBER},
        {"my vrm is I123 BCD", PII_UK_VEHICLE_REGISTRATION},
        {"licenza di guida U1A12345B", PII_IT_DRIVER_LICENSE},
        {"KA00ME3456", PII_IN_VEHICLE_REGISTRATION},
        {"nin: 94959145068", PII_NG_NIN},
        {"0473381 051 1", PII_IT_VAT_CODE},
        {"vehicle 77CX12", PII_IN_VEHICLE_REGISTRATION},
        {"vehicle 77CD02", PII_IN_VEHICLE_REGISTRATION},
        {"A**2+B**2=C**2", PII_US_DRIVER_LICENSE},
        {"MXN*AB*CDE*FG", PII_US_DRIVER_LICENSE},
        {"MXN*AB123CDE", PII_US_DRIVER_LICENSE},
        {"ÄÖÜA-AB 12", PII_DE_LICENSE_PLATE},
    };
    check_negatives(none, COUNT(none));
}

/* Words that are labels of identifiers, and of software, metal, books and wares too. */
static void test_labels_of_others(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"license: 482913", PII_US_DRIVER_LICENSE, "482913", 0.5F, false},
        {"her driver's licence 482913", PII_US_DRIVER_LICENSE, "482913", 0.4F, false},
        {"DL 482913", PII_US_DRIVER_LICENSE, "482913", 0.4F, false},
        {"Führerschein 482913", PII_US_DRIVER_LICENSE, "482913", 0.4F, false},
        {"license 5351041", PII_US_DRIVER_LICENSE, "5351041", 0.5F, false},
        {"tag number ABC1234", PII_VEHICLE_IDENTIFICATION_NUMBER, "ABC1234", 0.5F, false},
        {"her truck, tag number GOV12", PII_VEHICLE_IDENTIFICATION_NUMBER, "GOV12", 0.5F, false},
        {"plate number GW 3321", PII_VEHICLE_IDENTIFICATION_NUMBER, "GW 3321", 0.5F, false},
        {"the car has plate GW 3321", PII_VEHICLE_IDENTIFICATION_NUMBER, "GW 3321", 0.5F, false},
        {"vehicle code UK1A2345", PII_IN_VEHICLE_REGISTRATION, "UK1A2345", 0.8F, false},
        {"DL1C1234", PII_IN_VEHICLE_REGISTRATION, "DL1C1234", 0.4F, false},
        {"nss 12345678901", PII_ACCOUNT_NUMBER, "12345678901", 0.7F, false},
        {"badge H-2291", PII_ACCOUNT_NUMBER, "H-2291", 0.7F, false},
        {"her badge number is 2024-1234", PII_ACCOUNT_NUMBER, "2024-1234", 0.7F, false},
        {"RODNÉ ČÍSLO 736028/5163", PII_CZ_RODNE_CISLO, "736028/5163", 0.9F, true},
        {"ACN 004 085 616", PII_AU_ACN, "004 085 616", 0.9F, true},
        {"UEN 53125226D", PII_SG_UEN, "53125226D", 0.9F, true},
        /* the label of a second identifier is looked up as that of the first */
        {"MRN 48221193, then MRN 48221194", PII_MEDICAL_RECORD_NUMBER, "48221193", 0.9F, true},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"NVIDIA driver 535104", PII_US_DRIVER_LICENSE},
        {"the Intel driver R5351040", PII_US_DRIVER_LICENSE},
        {"MIT license 200100", PII_US_DRIVER_LICENSE},
        {"MIT license 2001001", PII_US_DRIVER_LICENSE},
        {"MIT license: 200100", PII_US_DRIVER_LICENSE},
        {"license key 53510402", PII_US_DRIVER_LICENSE},
        {"plate AA 5083", PII_VEHICLE_IDENTIFICATION_NUMBER},
        {"plate T6061", PII_VEHICLE_IDENTIFICATION_NUMBER},
        {"a steel plate ABC123", PII_VEHICLE_IDENTIFICATION_NUMBER},
        {"tag number HTML5", PII_VEHICLE_IDENTIFICATION_NUMBER},
        {"the code is UK1A2345", PII_IN_VEHICLE_REGISTRATION},
        {"code: \"UK1A2345\"", PII_IN_VEHICLE_REGISTRATION},
        {"model no. UK1A2345", PII_IN_VEHICLE_REGISTRATION},
        {"item AB12 CDE", PII_UK_VEHICLE_REGISTRATION},
        {".TH nss 5 2023-02-05", PII_ACCOUNT_NUMBER},
        {"nss 35301234", PII_ACCOUNT_NUMBER},
        {"badge 2024-1234", PII_ACCOUNT_NUMBER},
    };
    check_negatives(none, COUNT(none));
}

static void test_secrets(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"key AKIA2OGYBAH6QJM5T3ZR", PII_SECRET, "AKIA2OGYBAH6QJM5T3ZR", 0.9F, true},
        {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN", PII_SECRET,
         "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN", 0.9F, true},
        {"postgres://app:h8Kz2pq@db.corp.io/main", PII_SECRET,
         "postgres://app:h8Kz2pq@db.corp.io/main", 0.8F, true},
        {"api_key = \"9f8Ac7d6K1a2b4c3dX8e9\"", PII_SECRET, "9f8Ac7d6K1a2b4c3dX8e9", 0.7F, true},
        {"password: Tr0ub4dor&3", PII_SECRET, "Tr0ub4dor&3", 0.7F, false},
        {"-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----", PII_SECRET,
         "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----", 0.9F, true},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"password = os.environ['DB_PASSWORD']", PII_SECRET},
        {"the password is required", PII_SECRET},
        {"token: string", PII_SECRET},
        {"sk-learn and hf_hub", PII_SECRET},
        {"-----BEGIN CERTIFICATE-----", PII_SECRET},
        {"commit 9f8e7d6c1a2b4c3d8e9f001122334455", PII_SECRET},
    };
    check_negatives(none, COUNT(none));
}

/* What a pattern matches, by a text that does: letters, digits, in the places of X the one or the
 * other, with and without the separators. */
static size_t text_of(const char *pattern, unsigned choice, char separator, char *text)
{
    size_t n = 0;
    for (const char *p = pattern; *p != '\0'; p++) {
        bool letter = *p == 'L' || (*p == 'X' && (choice & 2u) != 0);
        if (*p == '~' || *p == '_') {
            if (*p == '_' || (choice & 1u) != 0)
                text[n++] = separator;
        } else if (*p == '?') {
            if ((choice & 1u << ((p - pattern) / 2)) != 0)
                text[n++] = ' ';
        } else if (letter) {
            text[n++] = 'K';
        } else {
            text[n++] = *p == 'D' || *p == 'X' ? '7' : *p;
        }
        if (*p == 'X') /* the next X takes the next choice */
            choice = (choice & 1u) | ((choice >> 2) << 1);
    }
    text[n] = '\0';
    return n;
}

/* No rule may be left out of the list that is asked for what its pattern matches. */
static void test_every_rule_is_asked(void **state)
{
    static const char *const patterns[] = {
#define RULE(type, pattern, check, contexts, plain, near, flags, name) pattern,
#include "router/pii_rules.def"
#undef RULE
    };
    static struct pii_rule_index index;
    (void)state;
    pii_rule_index_init(&index);
    for (size_t rule = 0; rule < COUNT(patterns); rule++)
        for (unsigned choice = 0; choice < 3u << 11; choice++) {
            char text[64] = "";
            char separator = " -."[choice >> 11];
            unsigned others = choice & ((1u << 11) - 1);
            assert_true(text_of(patterns[rule], others, separator, text) < sizeof(text));
            struct pii_run run = {.text = text, .len = strlen(text), .rules = &index};
            const struct pii_rule_list *list = pii_rules_asked(&run, 0);
            if (memchr(list->rules, (int)rule, list->count) == NULL)
                fail_msg("%s: \"%s\" is not asked about", patterns[rule], text);
            /* at_mixed() asks of short words only what goes on with a digit */
            size_t head = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
            if (head > 0 && head <= 3 && !isalnum((unsigned char)text[head]) &&
                !isdigit((unsigned char)text[head + 1]))
                fail_msg("%s: \"%s\" is not asked about", patterns[rule], text);
        }
}

static void test_ordinary_numbers(void **state)
{
    (void)state;
    static const struct negative none[] = {
        {"It has 1234567 rows and 98765 columns in 2023.", PII_TYPE_COUNT},
        {"Order 100482913 shipped, tracking 9400110200881234567890.", PII_TYPE_COUNT},
        {"x = 3.14159 * 2.71828 + 1e-10 and 0x7fffffff", PII_TYPE_COUNT},
        {"sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", PII_TYPE_COUNT},
        {"uuid 123e4567-e89b-12d3-a456-426614174000", PII_TYPE_COUNT},
        {"timestamp 1700000000123 and 1700000000", PII_TYPE_COUNT},
        {"version 10.4.2-beta.11+build.8842", PII_TYPE_COUNT},
        {"What is 482,193,004 divided by 17?", PII_TYPE_COUNT},
        {"if (a[10] == 255 && b != 65535) return -2147483648;", PII_TYPE_COUNT},
        {"The sequence 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144", PII_TYPE_COUNT},
        {"Revenue rose from $1,234,567 to $2,345,678.", PII_TYPE_COUNT},
    };
    check_negatives(none, COUNT(none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_money),
        cmocka_unit_test(test_america),
        cmocka_unit_test(test_europe),
        cmocka_unit_test(test_asia_africa_australia),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_labels_of_others),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_ordinary_numbers),
        cmocka_unit_test(test_every_rule_is_asked),
    };
    return cmocka_run_group_tests(tests, open_scanner, close_scanner);
}
