package io.vecraft.index.filter;

import io.vecraft.index.filter.Filter.Compare;
import io.vecraft.index.filter.Filter.Exists;
import io.vecraft.index.filter.Filter.In;
import io.vecraft.index.filter.Filter.Not;
import io.vecraft.index.filter.Filter.Operator;
import io.vecraft.index.filter.Filter.Value;
import io.vecraft.index.filter.grammar.FilterGrammarBaseVisitor;
import io.vecraft.index.filter.grammar.FilterGrammarLexer;
import io.vecraft.index.filter.grammar.FilterGrammarParser;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.Token;
import org.jspecify.annotations.Nullable;

/** Reads one filter from SQL-like text. */
final class SqlFilterReader extends FilterGrammarBaseVisitor<Filter> {
  private final FilterBudget budget = new FilterBudget();
  private int depth = 1;

  Filter read(String text) {
    if (text.length() > FilterBudget.TEXT_CHARS_MAX) {
      throw new FilterException(
          "the filter has more than " + FilterBudget.TEXT_CHARS_MAX + " characters", "");
    }
    FilterGrammarLexer lexer = new FilterGrammarLexer(CharStreams.fromString(text));
    lexer.removeErrorListeners();
    lexer.addErrorListener(new Refusal());
    CommonTokenStream tokens = new CommonTokenStream(lexer);
    tokens.fill();
    checkNesting(tokens.getTokens());
    FilterGrammarParser parser = new FilterGrammarParser(tokens);
    parser.removeErrorListeners();
    parser.addErrorListener(new Refusal());
    return visit(parser.filter());
  }

  /** The parser recurses, so depth is refused before it starts. */
  private static void checkNesting(List<Token> tokens) {
    int open = 0;
    int negations = 0;
    for (Token token : tokens) {
      switch (token.getType()) {
        case FilterGrammarLexer.LEFT -> {
          open += 1 + negations;
          negations = 0;
        }
        case FilterGrammarLexer.RIGHT -> open = Math.max(0, open - 1);
        case FilterGrammarLexer.NOT -> negations++;
        default -> negations = 0;
      }
      if (open + negations > FilterBudget.DEPTH_MAX) {
        throw new FilterException(
            "the filter nests deeper than " + FilterBudget.DEPTH_MAX, position(token));
      }
    }
  }

  @Override
  public Filter visitFilter(FilterGrammarParser.FilterContext context) {
    return visit(context.disjunction());
  }

  @Override
  public Filter visitDisjunction(FilterGrammarParser.DisjunctionContext context) {
    return parts(context, context.conjunction(), false);
  }

  @Override
  public Filter visitConjunction(FilterGrammarParser.ConjunctionContext context) {
    return parts(context, context.negation(), true);
  }

  private Filter parts(
      ParserRuleContext context, List<? extends ParserRuleContext> parts, boolean all) {
    if (parts.size() == 1) {
      return visit(parts.getFirst());
    }
    budget.node(depth, position(context.getStart()));
    depth++;
    List<Filter> filters = new ArrayList<>(parts.size());
    for (ParserRuleContext part : parts) {
      filters.add(visit(part));
    }
    depth--;
    return all ? Filters.and(filters) : Filters.or(filters);
  }

  @Override
  public Filter visitNot(FilterGrammarParser.NotContext context) {
    budget.node(depth, position(context.getStart()));
    depth++;
    Filter part = visit(context.negation());
    depth--;
    return new Not(part);
  }

  @Override
  public Filter visitPlain(FilterGrammarParser.PlainContext context) {
    return visit(context.predicate());
  }

  @Override
  public Filter visitGroup(FilterGrammarParser.GroupContext context) {
    return visit(context.disjunction());
  }

  @Override
  public Filter visitCompare(FilterGrammarParser.CompareContext context) {
    budget.node(depth, position(context.getStart()));
    FieldPath field = field(context.field());
    Value value = value(context.literal());
    return switch (context.comparison().getStart().getType()) {
      case FilterGrammarParser.EQ -> new Compare(field, Operator.EQ, value);
      case FilterGrammarParser.NE -> new Not(new Compare(field, Operator.EQ, value));
      case FilterGrammarParser.LT -> new Compare(field, Operator.LT, value);
      case FilterGrammarParser.LE -> new Compare(field, Operator.LTE, value);
      case FilterGrammarParser.GT -> new Compare(field, Operator.GT, value);
      default -> new Compare(field, Operator.GTE, value);
    };
  }

  @Override
  public Filter visitMembership(FilterGrammarParser.MembershipContext context) {
    String at = position(context.getStart());
    budget.node(depth, at);
    budget.values(context.literal().size(), at);
    List<Value> values = new ArrayList<>(context.literal().size());
    context.literal().forEach(literal -> values.add(value(literal)));
    Filter in = new In(field(context.field()), values);
    return context.NOT() == null ? in : new Not(in);
  }

  @Override
  public Filter visitNullness(FilterGrammarParser.NullnessContext context) {
    budget.node(depth, position(context.getStart()));
    Filter exists = new Exists(field(context.field()));
    return context.NOT() == null ? new Not(exists) : exists;
  }

  @Override
  public Filter visitTruth(FilterGrammarParser.TruthContext context) {
    budget.node(depth, position(context.getStart()));
    return new Compare(field(context.field()), Operator.EQ, new Value.Bool(true));
  }

  private static FieldPath field(FilterGrammarParser.FieldContext context) {
    List<String> keys = new ArrayList<>();
    for (FilterGrammarParser.KeyContext key : context.key()) {
      String text = key.getText();
      if (key.QUOTED() != null) {
        keys.add(text.substring(1, text.length() - 1).replace("\"\"", "\""));
      } else {
        keys.addAll(FilterBudget.field(text, position(key.getStart())).keys());
      }
    }
    if (keys.size() > FieldPath.KEYS_MAX) {
      throw new FilterException(
          "a field path has more than " + FieldPath.KEYS_MAX + " keys",
          position(context.getStart()));
    }
    return new FieldPath(keys);
  }

  private Value value(FilterGrammarParser.LiteralContext literal) {
    String at = position(literal.getStart());
    return switch (literal) {
      case FilterGrammarParser.TextLiteralContext text ->
          budget.text(unquoted(text.TEXT().getText()), at);
      case FilterGrammarParser.NumberLiteralContext number ->
          FilterBudget.number(number.getText(), at);
      case FilterGrammarParser.TrueLiteralContext yes -> new Value.Bool(true);
      case FilterGrammarParser.FalseLiteralContext no -> new Value.Bool(false);
      case FilterGrammarParser.MomentLiteralContext moment ->
          FilterBudget.moment(unquoted(moment.TEXT().getText()), at);
      default ->
          throw new FilterException(
              "no comparison matches NULL; IS NULL asks for missing or null", at);
    };
  }

  private static String unquoted(String literal) {
    return literal.substring(1, literal.length() - 1).replace("''", "'");
  }

  private static String position(Token token) {
    return position(token.getLine(), token.getCharPositionInLine());
  }

  private static String position(int line, int charPositionInLine) {
    return "line " + line + ", column " + (charPositionInLine + 1);
  }

  /** Turns the first syntax error into an exception. */
  private static final class Refusal extends BaseErrorListener {
    @Override
    public void syntaxError(
        Recognizer<?, ?> recognizer,
        @Nullable Object offendingSymbol,
        int line,
        int charPositionInLine,
        String message,
        @Nullable RecognitionException e) {
      throw new FilterException(reason(offendingSymbol), position(line, charPositionInLine));
    }

    private static String reason(@Nullable Object symbol) {
      if (!(symbol instanceof Token token)) {
        return "unexpected character";
      }
      if (token.getType() == Token.EOF) {
        return "the filter ends too early";
      }
      String text = token.getText();
      return switch (text) {
        case "'" -> "a text has no closing quote";
        case "\"" -> "a quoted name is empty or has no closing quote";
        default -> "unexpected " + FilterBudget.shortened(text);
      };
    }
  }
}
