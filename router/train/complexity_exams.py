"""Made-up examination questions: what a subject sounds like, and how far small models fall behind in it.

The gains are judged by hand from what is published of models' accuracies by subject; no question of
any test is quoted. They teach the level of a subject that the outcome data do not cover.
"""

# gain domain | terms …
SUBJECTS = """
0.42 humanities|I took my neighbour's parcel and opened it, judged by everyday morality|I told the child a frightening lie to win the game, and whether that was wrong|by common moral standards, which of two actions is blameworthy: I laughed at the mourner; I returned the purse|the narrator slipped sand into the salad; is the narrator to blame|I kept the charity money for repairs of my car, judged as most people would
0.38 maths|a shopper buys 7 boxes of 24 pens and gives away a third|the product of two fractions|the estimate rounded to the nearest hundred|a recipe for 6 people scaled to 15|the perimeter of a rectangle 14 by 9|the difference between 3,402 and 1,998|the number sentence that gives the total cost|pages read each day for 4 weeks
0.33 science|a block on a frictionless incline|a satellite in circular orbit|the electric field between parallel plates|two resistors in parallel with a 9 V battery|the de Broglie wavelength|an object thrown upward at 20 m/s|the torque on a rotating disk|the image formed by a converging lens|the emf induced in a coil|a spring with constant k stretched by x|the adiabatic expansion of an ideal gas|a standing wave in a pipe
0.33 business|deferred tax liability|the auditor's opinion on the financial statements|straight-line depreciation of equipment|the inventory under FIFO|a qualified business deduction on the tax return|consolidated balance sheet|the internal control over cash receipts|accrued interest on bonds payable|the cost of goods sold in a period
0.3 maths|the truth table of the formula|a valid translation into predicate logic|the antecedent of the conditional|the premises entail the conclusion|a quantifier that binds the variable|the argument form modus tollens|the proposition (A and not B) implies C
0.3 maths|a 95% confidence interval for the mean|the null hypothesis at the .05 level|a chi-square test of independence|a random sample of 40 students|the standard deviation of the sampling distribution|the correlation coefficient of a scatterplot|the probability of a type II error|a least-squares regression line
0.28 science|the molar mass of an unknown compound|the pH of a 0.10 M buffer|the rate law of the reaction|oxidation number of manganese|the hybridization of the central atom|enthalpy of formation|a galvanic cell at 298 K|the number of unpaired electrons|the NMR chemical shift|the equilibrium constant Kp
0.28 maths|the ring of integers modulo 12|a subgroup of index 2|the kernel of a homomorphism|a polynomial irreducible over the field|the order of the permutation|the dimension of the vector space|the eigenvalues of the linear map|the radius of convergence|a continuous function on a compact set
0.26 maths|the roots of a quadratic with integer coefficients|log base 2 of x|the area of the inscribed triangle|the sum of an infinite geometric series|the number of ordered pairs (x, y)|the graph of a rational function|the probability that both marbles are red
0.27 computing|the training error of a decision tree|the VC dimension|a convolutional layer with stride 2|the worst-case running time of the algorithm|a kernel in a support vector machine|cache with 4-way set associativity|a deterministic finite automaton|a deadlock among processes|page faults with LRU replacement|a boosted ensemble and overfitting
0.25 law|the plaintiff sued the defendant for negligence after the accident and the court must rule on the motion|the landlord conveyed the land to his daughter for life, remainder to her children|the prosecution offers the statement as evidence over a hearsay objection|the buyer accepted the goods and then sought to rescind the contract|the statute was challenged under the equal protection clause of the fourteenth amendment|the defendant was charged with murder and asserts that he acted in the heat of passion|the owner of the easement|the police searched the car without a warrant
0.23 business|the price level and real GDP in the short run|open market operations by the central bank|an increase in the money supply|the aggregate supply curve shifts|heteroscedasticity of the error term|the OLS estimator is biased|autocorrelation in a time series regression|the unemployment rate and the Phillips curve|an autoregressive model
0.24 engineering|the closed-loop transfer function|the armature of a dc motor|the impedance of a coil at 50 Hz|the Thevenin equivalent|a half-wave rectifier|the characteristic impedance of a line|a three-phase induction motor
0.22 health|a 45-year-old woman comes to the physician because of fatigue and weight gain over 3 months; her blood pressure is 130/85 mm Hg|a 6-year-old boy is brought to the emergency department with fever and a rash|laboratory studies show an elevated serum creatinine|physical examination shows jugular venous distention|the most appropriate next step in management of the patient|a biopsy specimen shows granulomas
0.17 health|the blood supply of the adrenal gland|the nerve that innervates the muscle|autosomal recessive inheritance|metabolism of glucose in muscle during exercise|the side effect of a drug|normal body temperature and wound care|catheter care by a nurse|a gene mutated in colon cancer
0.15 humanities|the categorical imperative|Hume's account of causation|Aristotle on virtue|the repugnant conclusion|an argument from analogy and its fallacy|moral relativism|Descartes and the evil demon|Sartre on freedom|a fallacy of composition
0.16 science|the age of a lunar crater|the main sequence of stars|fossils of early hominids|stone tools of the Neolithic|the Hardy-Weinberg equilibrium|photosystem II|mitosis and meiosis|an ecosystem's primary producers|transcription of mRNA
0.12 humanities|the passage from a speech of 1848 refers to a revolution|the treaty that ended the war|the reform of the church in the sixteenth century|trade along the Indian Ocean|the New Deal|the abolition of slavery|the partition of a colony|the rise of nationalism in Europe
0.1 humanities|the five pillars of Islam|a Hindu scripture|the eightfold path|the Torah|operant conditioning|a schizophrenic symptom|Piaget's stages of development|attachment in infants|a defence mechanism|group polarization|the id, ego and superego|social stratification|Weber on bureaucracy|the nuclear family|gender roles
0.07 business|the marketing mix|market segmentation by lifestyle|a brand's positioning|the product life cycle|a flat organisation structure|motivation of employees by Herzberg|viral marketing|a pricing strategy for new products|customer loyalty
0.07 general|the powers of Congress|a filibuster in the Senate|the foreign policy of the president in the Cold War|the supreme court's judicial review|political parties and elections|a country's population pyramid|urban migration|the United Nations security council|the mountain range in South America|which film won the award|the singer of a famous song|the capital city
0.14 law|the sources of international law|diplomatic immunity|a state's territorial sea|legal positivism according to Hart|natural law theory|the rule of recognition|reservations to a treaty
0.13 health|the vitamin found in leafy vegetables|dietary fibre|ageing and memory loss in the elderly|contraception and its use|the virus's genome|a vaccine for measles|the share of people in the world who have access to clean water
"""
OPENINGS = ["Which of the following is true of {0}?", "Which statement about {0} is correct?", "What follows from {0}?", "In the case of {0}, which is the best answer?",
            "{0}: which of these applies?", "Consider {0}. What is the most likely result?", "{0} is best described as", "What distinguishes {0} from {1}?",
            "Suppose that {0}. Which of the following holds?", "The relation between {0} and {1} is", "{0}. Which of the following is most accurate?"]
ENDINGS = ["increases", "decreases", "stays the same", "is always zero", "cannot be determined", "both of these", "neither of these", "only in the first case", "only in part", "none of the above"]


def made_up_exams(rng, count):
    """[(prompt, gain, domain)]"""
    subjects = []
    for line in SUBJECTS.strip().split("\n"):
        head, *terms = line.split("|")
        gain, domain = head.split()
        subjects.append((float(gain), domain, terms))
    rows = []
    for _ in range(count):
        gain, domain, terms = rng.choice(subjects)
        chosen = rng.sample(terms, min(len(terms), 5))
        text = rng.choice(OPENINGS).format(*chosen[:2])
        text = text[:1].upper() + text[1:]
        style = rng.random()
        if style < .75:
            options = [o if rng.random() < .5 else rng.choice(ENDINGS) for o in chosen[1:5]]
            form = rng.choice(["{}. {}", "({}) {}", "{}) {}"])
            text += "\n" + "\n".join(form.format("ABCDE"[i], o) for i, o in enumerate(options)) + rng.choice(["", "\nAnswer:"])
        rows.append((text, gain, domain))
    return rows
