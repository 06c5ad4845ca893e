// Conditions on metadata: category = 'documents' AND (year >= 2020 OR NOT active)
grammar FilterGrammar;

options { caseInsensitive = true; }

filter : disjunction EOF ;

disjunction : conjunction ( OR conjunction )* ;

conjunction : negation ( AND negation )* ;

negation
    : NOT negation   # not
    | predicate      # plain
    ;

predicate
    : LEFT disjunction RIGHT                                    # group
    | field comparison literal                                  # compare
    | field NOT? IN LEFT literal ( COMMA literal )* RIGHT       # membership
    | field IS NOT? NULL                                        # nullness
    | field                                                     # truth
    ;

comparison : EQ | NE | LT | LE | GT | GE ;

// NULL is read here so that the error can say what to write instead.
literal
    : TEXT            # textLiteral
    | NUMBER          # numberLiteral
    | TRUE            # trueLiteral
    | FALSE           # falseLiteral
    | DATETIME TEXT   # momentLiteral
    | NULL            # nullLiteral
    ;

field : key ( DOT key )* ;

// DATETIME introduces a literal only before a text, so it may name a field.
key : NAME | QUOTED | DATETIME ;

AND : 'AND' ;
OR : 'OR' ;
NOT : 'NOT' ;
IN : 'IN' ;
IS : 'IS' ;
NULL : 'NULL' ;
TRUE : 'TRUE' ;
FALSE : 'FALSE' ;
DATETIME : 'DATETIME' ;

EQ : '=' ;
NE : '!=' | '<>' ;
LE : '<=' ;
LT : '<' ;
GE : '>=' ;
GT : '>' ;
LEFT : '(' ;
RIGHT : ')' ;
COMMA : ',' ;
DOT : '.' ;

NUMBER : [+-]? ( [0-9]+ ( '.' [0-9]* )? | '.' [0-9]+ ) ( 'E' [+-]? [0-9]+ )? ;
TEXT : '\'' ( ~'\'' | '\'\'' )* '\'' ;
QUOTED : '"' ( ~'"' | '""' )+ '"' ;
NAME : [\p{L}_] ( [\p{L}\p{M}\p{N}_-] | '\\.' | '\\\\' )* ;
SPACE : [ \t\r\n]+ -> skip ;

// Whatever is left becomes a token, so that the parser reports it with its position.
OTHER : . ;
