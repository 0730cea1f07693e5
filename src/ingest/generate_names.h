/* ingest/generate_names.h: names of people and countries that do not exist together. Append only: rows are
 * made from places in these lists. */
#ifndef RUNNEL_INGEST_GENERATE_NAMES_H
#define RUNNEL_INGEST_GENERATE_NAMES_H

/* clang-format off */
static const char *const first_names[] = {
    "Aaron", "Abigail", "Adam", "Adriana", "Ahmed", "Aisha", "Akira", "Alan", "Alba", "Alejandro", "Alex",
    "Alice", "Alina", "Amara", "Amelia", "Amina", "Amir", "Ana", "Anders", "Andrea", "Andrew", "Angela",
    "Anika", "Anna", "Anton", "Anya", "Arjun", "Arthur", "Asha", "Astrid", "Ava", "Ayumi", "Beatriz", "Ben",
    "Bianca", "Boris", "Brandon", "Brenda", "Brian", "Bruno", "Camila", "Carla", "Carlos", "Caroline",
    "Catherine", "Cecilia", "Chen", "Chiara", "Chloe", "Chris", "Clara", "Claudia", "Colin", "Connor",
    "Cristina", "Daniel", "Daniela", "Darius", "David", "Deepa", "Denis", "Diana", "Diego", "Dmitri",
    "Dominik", "Dylan", "Edgar", "Eduardo", "Elena", "Eli", "Elif", "Elisa", "Elizabeth", "Ella", "Emil",
    "Emilia", "Emily", "Emma", "Enrico", "Eric", "Erika", "Esra", "Esther", "Ethan", "Eva", "Fatima",
    "Felix", "Fernando", "Fiona", "Florian", "Francesca", "Frank", "Freya", "Gabriel", "Gabriela", "Gemma",
    "George", "Georgia", "Gita", "Giulia", "Grace", "Greta", "Gustavo", "Hana", "Hannah", "Hans", "Harry",
    "Hassan", "Heidi", "Helen", "Henrik", "Hiroshi", "Hugo", "Ian", "Ibrahim", "Ida", "Igor", "Imran",
    "Ines", "Ingrid", "Irene", "Iris", "Isabel", "Isla", "Ivan", "Jack", "Jakob", "James", "Jana",
    "Jasmine", "Javier", "Jean", "Jessica", "Jin", "Joana", "Joao", "Johanna", "John", "Jonas", "Jorge",
    "Jose", "Joseph", "Julia", "Julian", "Jun", "Kai", "Karen", "Karim", "Karl", "Kate", "Katya", "Kavya",
    "Keiko", "Kenji", "Kevin", "Kim", "Klaus", "Kofi", "Kwame", "Lara", "Lars", "Laura", "Layla", "Lea",
    "Leila", "Leo", "Leon", "Lena", "Liam", "Lina", "Linda", "Ling", "Lisa", "Louis", "Luca", "Lucas",
    "Lucia", "Luis", "Luna", "Magnus", "Malik", "Manuel", "Marco", "Maria", "Marie", "Marina", "Mario",
    "Mark", "Marta", "Martin", "Mateo", "Matthew", "Maya", "Megan", "Mei", "Mia", "Miguel", "Mila", "Milan",
    "Mina", "Mira", "Mohamed", "Monica", "Nadia", "Naomi", "Natalia", "Nathan", "Neha", "Nia", "Nico",
    "Nicole", "Nikita", "Nils", "Nina", "Noah", "Nora", "Olga", "Oliver", "Olivia", "Omar", "Oscar",
    "Pablo", "Patricia", "Paul", "Paula", "Pedro", "Peter", "Petra", "Pia", "Priya", "Quentin", "Rafael",
    "Rahul", "Ravi", "Rebecca", "Rosa", "Ruben", "Ruth", "Ryan", "Sakura", "Salma", "Sam", "Samira", "Sara",
    "Sean", "Selma", "Sergei", "Silvia", "Simon", "Sofia", "Sophie", "Stefan", "Sunita", "Susan", "Sven",
    "Takeshi", "Tamara", "Tara", "Teresa", "Theo", "Thomas", "Tina", "Tomas", "Uma", "Valentina", "Vera",
    "Victor", "Viktoria", "Vincent", "Wei", "William", "Xavier", "Yan", "Yara", "Yasmin", "Yuki", "Yusuf",
    "Zara", "Zoe",
};

static const char *const last_names[] = {
    "Abbott", "Adams", "Ahmed", "Ali", "Allen", "Almeida", "Alvarez", "Andersen", "Anderson", "Andersson",
    "Arslan", "Bailey", "Baker", "Banerjee", "Barbosa", "Bauer", "Becker", "Bennett", "Berg", "Bianchi",
    "Blanc", "Brooks", "Brown", "Bruno", "Campbell", "Cardoso", "Carter", "Castro", "Chan", "Chatterjee",
    "Chen", "Cheng", "Choi", "Clark", "Cohen", "Collins", "Conti", "Cooper", "Costa", "Cruz", "Das",
    "Davies", "Davis", "Demir", "Desai", "Diaz", "Dubois", "Dupont", "Edwards", "Eriksen", "Esposito",
    "Evans", "Fernandes", "Fernandez", "Ferrari", "Fischer", "Fontaine", "Foster", "Fuchs", "Fujita",
    "Garcia", "Gill", "Gomez", "Goncalves", "Gonzalez", "Gray", "Green", "Greco", "Gupta", "Gutierrez",
    "Hall", "Hansen", "Harris", "Hassan", "Hernandez", "Herrera", "Hill", "Hoffmann", "Holm", "Horvat",
    "Huang", "Hughes", "Hussain", "Ito", "Ivanov", "Jackson", "Jansen", "Jensen", "Jimenez", "Johansson",
    "Johnson", "Jones", "Joshi", "Kaiser", "Kaplan", "Kapoor", "Karlsson", "Kato", "Kaya", "Keller",
    "Kelly", "Khan", "Kim", "King", "Klein", "Kobayashi", "Koch", "Kowalski", "Krause", "Kumar", "Lambert",
    "Lang", "Larsen", "Laurent", "Lee", "Lehmann", "Leroy", "Lewis", "Li", "Lim", "Lin", "Lindberg", "Liu",
    "Lopez", "Lund", "Ma", "Machado", "Maier", "Mancini", "Marino", "Marques", "Martin", "Martinez",
    "Martins", "Mayer", "Mehta", "Mendes", "Mendoza", "Meyer", "Miller", "Mishra", "Mitchell", "Moller",
    "Molina", "Moore", "Morales", "Moreau", "Moreno", "Morgan", "Mori", "Moretti", "Morris", "Muller",
    "Murphy", "Murray", "Nakamura", "Navarro", "Nguyen", "Nielsen", "Nilsson", "Novak", "Nowak", "Nunez",
    "Okafor", "Oliveira", "Olsen", "Ortiz", "Osman", "Ozturk", "Papadopoulos", "Park", "Parker", "Patel",
    "Pavlov", "Pereira", "Perez", "Petersen", "Petrov", "Phillips", "Pinto", "Popescu", "Popov", "Price",
    "Ramirez", "Ramos", "Rao", "Reddy", "Reed", "Reyes", "Ribeiro", "Ricci", "Richter", "Rivera", "Roberts",
    "Robinson", "Rodrigues", "Rodriguez", "Rogers", "Romano", "Romero", "Rossi", "Roux", "Ruiz", "Russo",
    "Ryan", "Sanchez", "Santos", "Sato", "Schmidt", "Schneider", "Schulz", "Schwarz", "Scott", "Sharma",
    "Shaw", "Silva", "Simon", "Singh", "Smirnov", "Smith", "Sokolov", "Sousa", "Stewart", "Suzuki",
    "Svensson", "Takahashi", "Tan", "Tanaka", "Taylor", "Thomas", "Thompson", "Torres", "Tran", "Turner",
    "Vargas", "Vasquez", "Vega", "Virtanen", "Vogel", "Volkov", "Wagner", "Walker", "Wang", "Ward",
    "Watanabe", "Watson", "Weber", "Weiss", "White", "Williams", "Wilson", "Wolf", "Wong", "Wood", "Wright",
    "Wu", "Yamamoto", "Yang", "Yildiz", "Young", "Zhang", "Zhao", "Zhou", "Zimmermann",
};

/* The most frequent first. */
static const char *const countries[] = {
    "US", "IN", "CN", "BR", "GB", "DE", "ID", "JP", "FR", "MX", "IT", "NG", "PH", "CA", "ES", "TR", "KR",
    "VN", "PL", "AR", "AU", "NL", "CO", "TH", "EG", "PK", "ZA", "BD", "UA", "RO", "SE", "BE", "CL", "PE",
    "MY", "GR", "PT", "CZ", "HU", "CH", "AT", "SG", "NZ", "IL", "NO", "DK", "FI", "IE", "MA", "KE", "GH",
    "SK", "BG", "HR", "LT", "LV", "EE", "SI", "IS", "LU",
};
/* clang-format on */

#endif
