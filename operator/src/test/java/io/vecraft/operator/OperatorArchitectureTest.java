package io.vecraft.operator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows between the parts point one way: {@code crds <- operator}. */
class OperatorArchitectureTest {
  private static JavaClasses classes;

  @BeforeAll
  static void importClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.vecraft.operator", "io.vecraft.crd");
  }

  @Test
  void resourcesKnowNothingOfWhoWorksOnThem() {
    noClasses()
        .that()
        .resideInAPackage("io.vecraft.crd..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.vecraft.operator..")
        .check(classes);
  }

  @Test
  void theOperatorKnowsTheEngineByItsInterfacesAlone() {
    noClasses()
        .that()
        .resideInAPackage("io.vecraft.operator..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.vecraft.storage..",
            "io.vecraft.query..",
            "io.vecraft.gateway..",
            "io.vecraft.index..",
            "io.vecraft.journal.server..",
            "io.vecraft.cluster..")
        .check(classes);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.vecraft.(**)").should().beFreeOfCycles().check(classes);
  }
}
